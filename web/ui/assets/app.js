// SPDX-License-Identifier: Apache-2.0
// What scripts add to pages that work without them: countdowns, the focus on
// what went wrong, a log that follows its end, a lost line, the end
// of a change that waits, and menus that close.
(() => {
  'use strict';

  const tick = () => {
    for (const span of document.querySelectorAll('[data-until]')) {
      const left = Math.max(0, Math.round((Date.parse(span.dataset.until) - Date.now() - skew) / 1000));
      span.textContent = left > 90 ? Math.round(left / 60) + ' minutes' : left + ' s';
    }
  };
  // The box may have another idea of the time than this computer.
  const served = document.querySelector('meta[name="served-at"]');
  const skew = served ? Date.parse(served.content) - Date.now() : 0;
  tick();
  setInterval(tick, 1000);

  document.querySelector('[data-focus]')?.focus();

  const follow = () => {
    for (const log of document.querySelectorAll('[data-follow]')) log.scrollTop = log.scrollHeight;
  };
  follow();
  new MutationObserver(changes => {
    if (changes.some(c => c.target.matches?.('[data-follow]'))) follow();
  }).observe(document.body, { childList: true, subtree: true });

  // A page whose change waits no more is loaded again, or says so to who
  // types. A session may end first.
  const settle = () => {
    const note = document.querySelector('[data-settled]');
    if (!note || document.querySelector('#banners :is([data-until], [href$="/sign-in"])')) return;
    const { href, pathname } = note.querySelector('a');
    const busy = [...document.querySelectorAll('main input, main textarea')].some(f => f.matches(':focus') || f.value !== f.defaultValue);
    if (!busy && pathname === location.pathname) return location.replace(href);
    document.querySelector('.done')?.remove();
    note.hidden = false;
  };

  const lost = state => {
    for (const note of document.querySelectorAll('[data-lost]')) note.hidden = !state;
    document.body.classList.toggle('stale', state);
  };
  // A line can be cut without a word. The box gives a sign of life every 15 s;
  // when it stays away, the stream is closed, which opens it again.
  let line = null;
  let heard = 0;
  const hear = () => { heard = Date.now(); lost(false); };
  // What is gone with its session does not come back; the page stays, since
  // somebody may have typed into it.
  const over = stream => {
    for (const note of document.querySelectorAll('[data-lost]')) note.lastChild.textContent = 'Your session has ended: reload this page to sign in';
    lost(true);
    stream.remove();
  };
  document.addEventListener('htmx:sse:error', event => {
    if (event.detail.status === 401) over(event.target); else lost(true);
  });
  document.addEventListener('htmx:sse:after:connection', event => { line = event.detail.connection; hear(); });
  document.addEventListener('htmx:sse:after:message', () => { hear(); tick(); settle(); });
  document.addEventListener('htmx:sse:close', () => { line = null; });
  // A line that broke is opened again by itself; one that never stood is not.
  const again = event => {
    if (!event.target.matches('[data-live]') || line) return;
    const status = event.detail.ctx?.response?.status;
    if (status === 401) over(event.target);
    if (status && status < 500) return;
    lost(true);
    setTimeout(() => htmx.trigger(event.target, 'again'), 5000);
  };
  document.addEventListener('htmx:error', again);
  document.addEventListener('htmx:response:error', again);
  setInterval(() => {
    if (!line || document.hidden || Date.now() - heard < 40000) return;
    heard = Date.now();
    lost(true);
    line.reader?.cancel();
  }, 5000);

  document.addEventListener('click', event => {
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape') return;
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });
})();
