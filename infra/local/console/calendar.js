// The year's sending window: a table for each month, and the holidays by name.

import { h } from './dom.js';
import { day, month, weekdays } from './format.js';
import { t, word } from './language.js';

/** The months of a year. */
export function picture({ year, today, days }) {
  const months = Array.from({ length: 12 }, (_, number) => days.filter((one) => Number(one.date.slice(5, 7)) === number + 1));
  return h('div', { class: 'months' }, months.map((of, number) => monthTable(year, number, of, today)));
}

function monthTable(year, number, days, today) {
  const offset = (new Date(`${days[0].date}T12:00:00Z`).getUTCDay() + 6) % 7;
  const cells = [...Array(offset).fill(null), ...days];
  const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, week) => cells.slice(week * 7, week * 7 + 7));
  const named = days.filter((one) => one.holiday);
  return h('div', { class: 'month' },
    h('table', { class: 'days' }, h('caption', {}, month(year, number)), h('thead', {}, h('tr', {}, weekdays().map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, weeks.map((week) => h('tr', {}, week.map((one) => one ? cell(one, today) : h('td', {})))))),
    named.length > 0 && h('ul', { class: 'holidays' }, named.map((one) => h('li', {}, `${day(one.date)}: ${word(one.holiday)}`))));
}

function cell(one, today) {
  const hours = one.email ? one.email.join('–') : t('closed');
  const name = one.holiday ? `${word(one.holiday)}, ` : '';
  const kind = one.holiday ? 'holiday' : one.email ? 'opened' : 'closed';
  return h('td', { class: one.date === today ? `${kind} today` : kind, title: `${name}${hours}`, 'aria-current': one.date === today ? 'date' : null },
    Number(one.date.slice(8)), h('span', { class: 'unseen' }, `, ${name}${hours}`));
}
