// SPDX-License-Identifier: Apache-2.0

// Package clock keeps the box's time: it asks the time servers, decides whom
// to believe, and moves the clock, or says why it does not. It also knows the
// time zone in which pages show times; the box itself runs on UTC.
//
// A wrong clock breaks the download key, certificates and the audit log, and so
// does a clock that a stranger can turn. The rules:
//
//   - Most of the servers that answer must agree. Servers that contradict
//     themselves within one poll, are not synchronised, or send the kiss of
//     death are not believed.
//   - Offsets below SlewLimit are slewed; others are stepped. When the clock
//     was in step before, a sudden jump must be seen in two polls in a row.
//   - All that the clock is moved within a day without consent adds up to
//     Settings.MaxStep at most, across restarts. What goes beyond is refused and
//     shown until an administrator consents, or the servers come to another
//     opinion. Consent is for the offset that was shown, once. Slews below 10 ms
//     do not count: polls are never that exact. They make 14 s a day at most.
//   - A clock that starts before the day this software was built has lost its
//     time. It is set to that day at once, and the first agreed answer may
//     then move it any distance forward without consent, also after a restart of
//     the program: nobody can have relied on a time that was known to be wrong.
//
// After the clock was set the battery-backed clock of the machine gets the
// time, too.
package clock
