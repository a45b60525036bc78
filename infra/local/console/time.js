// The clock: what it says, what happens next, moving it, and the calendar of the sending window.

import { act, look } from './api.js';
import * as calendar from './calendar.js';
import { button, h, say, table } from './dom.js';
import { fill, oneAtATime, refill } from './draw.js';
import { time, timeOf } from './format.js';
import { t, word } from './language.js';
import { drawEachSecond, stopDrawing } from './live.js';

const HOUR = 3600;
const DAY = 24 * HOUR;

let parts = null;
let year = null;

/** Shows the clock and the calendar. */
export async function open(place) {
  parts = {
    clock: h('div', {}),
    actions: h('p', { class: 'actions' }),
    next: h('section', {}),
    year: h('section', {}),
  };
  fill(place, h('h1', {}, t('nav-time')), parts.clock, parts.actions, parts.next, parts.year);
  year = null;
  await drawEachSecond(draw);
  return t('nav-time');
}

/** The view is left. */
export function close() {
  stopDrawing();
}

/** Something has changed. */
export async function changed() {
  await draw();
}

const draw = oneAtATime(async () => {
  const clock = await look('clock');
  const shown = await look(`calendar${year ? `?year=${year}` : ''}`);
  const isOpen = clock.opens.email === clock.now;
  refill(parts.clock, { now: clock.now }, () =>
    h(
      'p',
      { class: 'now' },
      timeOf(clock.now),
      ' ',
      h(
        'span',
        { class: `chip ${isOpen ? 'Over' : 'Waiting'}` },
        isOpen ? t('windowOpen') : t('windowOpensAt', { at: time(clock.opens.email) }),
      ),
    ),
  );
  refill(parts.actions, { isOpen, speed: clock.speed, isNext: clock.next.length > 0 }, () => actions(isOpen, clock));
  refill(parts.next, { next: clock.next, due: clock.due }, () => next(clock));
  refill(parts.year, shown, () => yearOf(shown));
});

function actions(isOpen, { speed, next: upcoming }) {
  return [
    move('hour', t('plusHour'), () => ({ advanceSeconds: HOUR })),
    move('day', t('plusDay'), () => ({ advanceSeconds: DAY })),
    move('week', t('plusWeek'), () => ({ advanceSeconds: 7 * DAY })),
    !isOpen && move('opening', t('toOpening'), ({ opens }) => ({ to: opens.email })),
    upcoming.length > 0 && move('next', t('toNext'), (clock) => ({ to: later(clock.next[0]?.at, clock.now) })),
    move('run', speed === 0 ? t('run') : t('stop'), (clock) => ({ speed: clock.speed === 0 ? 1 : 0 })),
  ];
}

/** A button that moves the clock, by what it says then. */
function move(id, text, to) {
  return button(
    text,
    async () => {
      const { now } = await act('POST', 'clock', to(await look('clock')));
      say(`${t('theClock')}: ${time(now)}`);
      await draw();
    },
    { id },
  );
}

/** The next moment at which something happens; now, where that is past. */
function later(at, now) {
  return at && Date.parse(at) > Date.parse(now) ? at : now;
}

function next(clock) {
  const rows = clock.next.map((one) => [
    timeOf(one.at),
    word(`due-${one.kind}`),
    one.order
      ? h(
          'a',
          {
            id: `next-${one.order.notificationOrderId}`,
            href: `#/order/${one.order.notificationOrderId}/${one.order.owner}`,
          },
          one.order.notificationOrderId.slice(0, 8),
        )
      : '–',
  ]);
  return [
    h('h2', {}, t('next', { count: clock.due })),
    rows.length === 0
      ? h('p', { class: 'empty' }, t('nothingNext'))
      : table(t('nextHint'), [t('at'), t('whatHappens'), t('order')], rows, { class: 'list' }),
  ];
}

function yearOf(shown) {
  const to = (id, other) =>
    button(
      `${other}`,
      () => {
        year = other;
        return draw();
      },
      { class: 'quiet', id },
    );
  return [
    h('h2', {}, t('calendar', { year: shown.year })),
    h('p', {}, to('year-before', shown.year - 1), ' ', to('year-after', shown.year + 1)),
    calendar.hours(shown),
    calendar.picture(shown),
  ];
}
