// The clock: what it says, what happens next, moving it, and the calendar of the sending window.

import { act, look } from './api.js';
import * as calendar from './calendar.js';
import { button, fill, h, say, table } from './dom.js';
import { time, timeOf } from './format.js';
import { t, word } from './language.js';

const HOUR = 3600;
const DAY = 24 * HOUR;

let place = null;
let year = null;

/** Shows the clock and the calendar. */
export async function open(main) {
  place = h('div', {});
  const months = h('section', { 'aria-labelledby': 'h-calendar' });
  fill(main, h('h1', {}, t('nav-time')), place, months);
  await Promise.all([draw(), showYear(months, year)]);
  return t('nav-time');
}

/** Something has changed. */
export async function changed() {
  if (place?.isConnected) {
    await draw();
  }
}

async function showYear(section, wanted) {
  const shown = await look(`calendar${wanted ? `?year=${wanted}` : ''}`);
  year = shown.year;
  const to = (other) => button(`${other}`, () => showYear(section, other), { class: 'quiet', id: other < year ? 'year-before' : 'year-after' });
  fill(section, h('h2', { id: 'h-calendar' }, t('calendar', { year })), h('p', {}, to(year - 1), ' ', to(year + 1)), h('p', { class: 'faint' }, t('calendarHint')), calendar.picture(shown));
}

async function draw() {
  const clock = await look('clock');
  const opens = clock.opens.email;
  const isOpen = opens === clock.now;
  const move = (id, to, text) => button(text, async () => {
    const { now } = await act('POST', 'clock', to);
    say(`${t('theClock')}: ${time(now)}`);
    await draw();
  }, { id });
  fill(place, h('p', { class: 'now' }, timeOf(clock.now), ' ', h('span', { class: `chip ${isOpen ? 'Over' : 'Waiting'}` }, isOpen ? t('windowOpen') : t('windowOpensAt', { at: time(opens) }))),
    h('p', { class: 'actions' }, move('hour', { advanceSeconds: HOUR }, t('plusHour')), move('day', { advanceSeconds: DAY }, t('plusDay')), move('week', { advanceSeconds: 7 * DAY }, t('plusWeek')),
      !isOpen && move('opening', { to: opens }, t('toOpening')),
      clock.next.length > 0 && move('next', { to: later(clock.next[0].at, clock.now) }, t('toNext')),
      move('run', { speed: clock.speed === 0 ? 1 : 0 }, clock.speed === 0 ? t('run') : t('stop'))),
    h('h2', {}, t('next', { count: clock.due })),
    clock.next.length === 0 ? h('p', { class: 'empty' }, t('nothingNext')) : table(t('nextHint'), [t('at'), t('whatHappens'), t('order')],
      clock.next.map((one) => [timeOf(one.at), word(`due-${one.kind}`), one.order ? h('a', { href: `#/order/${one.order.notificationOrderId}/${one.order.owner}` }, one.order.notificationOrderId.slice(0, 8)) : '–']), { class: 'list' }));
}

/** The next moment at which something happens, which may lie behind a clock that runs. */
function later(at, now) {
  return Date.parse(at) > Date.parse(now) ? at : now;
}
