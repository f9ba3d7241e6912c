// SPDX-License-Identifier: Apache-2.0
// What scripts add to pages that work without them: countdowns, the focus on
// what went wrong, a log that follows its end, a word when the line is lost,
// and menus that close.
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

  const lost = state => {
    for (const note of document.querySelectorAll('[data-lost]')) note.hidden = !state;
  };
  document.addEventListener('htmx:sse:error', () => lost(true));
  document.addEventListener('htmx:sse:after:connection', () => lost(false));
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
