// The year's sending window: a table for each month, the holidays by name, and the hours in words.

import { h } from './dom.js';
import { day, month, weekdays } from './format.js';
import { t, word } from './language.js';

/** The hours of each channel, and which of them are waited for. */
export function hours({ days, waits }) {
  const usual = (channel) => days.find((one) => one[channel] && isUsual(days, one, channel))?.[channel].join('–');
  const line = (name, channel) =>
    h('li', {}, t(waits[channel] ? 'waitsForWindow' : 'goesAnyTime', { name, hours: usual(channel) ?? t('closed') }));
  return [h('ul', {}, line(t('email'), 'email'), line('SMS', 'sms')), h('p', { class: 'faint' }, t('calendarHint'))];
}

/** Whether a day has the hours that most days have. */
function isUsual(days, one, channel) {
  const same = days.filter((other) => other[channel]?.join() === one[channel].join()).length;
  return same * 2 > days.filter((other) => other[channel]).length;
}

/** The months of a year. */
export function picture({ year, today, days }) {
  const months = Array.from({ length: 12 }, (_, number) =>
    days.filter((one) => Number(one.date.slice(5, 7)) === number + 1),
  );
  return h(
    'div',
    { class: 'months' },
    months.map((of, number) => monthTable(year, number, of, { today, days })),
  );
}

function monthTable(year, number, of, { today, days }) {
  const offset = (new Date(`${of[0].date}T12:00:00Z`).getUTCDay() + 6) % 7;
  const cells = [...Array(offset).fill(null), ...of];
  const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, week) => cells.slice(week * 7, week * 7 + 7));
  const named = of.filter((one) => one.holiday || (one.email && !isUsual(days, one, 'email')));
  return h(
    'div',
    { class: 'month' },
    h(
      'table',
      { class: 'days' },
      h('caption', {}, month(year, number)),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          weekdays().map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        weeks.map((week) =>
          h(
            'tr',
            {},
            week.map((one) => (one ? cell(one, today) : h('td', {}))),
          ),
        ),
      ),
    ),
    named.length > 0 &&
      h(
        'ul',
        { class: 'holidays' },
        named.map((one) => h('li', {}, `${day(one.date)}: ${said(one)}`)),
      ),
  );
}

function said(one) {
  return [one.holiday && word(one.holiday), one.email ? one.email.join('–') : !one.holiday && t('closed')]
    .filter(Boolean)
    .join(', ');
}

function cell(one, today) {
  const kind = one.holiday ? 'holiday' : one.email ? 'opened' : 'closed';
  const isToday = one.date === today;
  return h(
    'td',
    { class: isToday ? `${kind} today` : kind, title: said(one), 'aria-current': isToday ? 'date' : null },
    Number(one.date.slice(8)),
    h('span', { class: 'unseen' }, `, ${said(one)}`),
  );
}
