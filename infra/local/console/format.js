// Times and counts as people write them, on Oslo's clock.

import { current } from './language.js';

const ZONE = 'Europe/Oslo';

function format(at, options) {
  const locale = current() === 'nb' ? 'nb-NO' : 'en-GB';
  return new Intl.DateTimeFormat(locale, { timeZone: ZONE, ...options }).format(new Date(at));
}

/** A day and a time: `man. 7. des. 2026, 10:00:04`. */
export function time(at) {
  return format(at, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
}

/** The same without seconds. */
export function minute(at) {
  return format(at, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}

/** A time of day. */
export function hour(at) {
  return format(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** A day of the year: `7. desember`. */
export function day(date) {
  return format(`${date}T12:00:00Z`, { day: 'numeric', month: 'long' });
}

/** A month. */
export function month(year, number) {
  return format(new Date(Date.UTC(year, number, 15)), { month: 'long' });
}

/** The short names of the days of the week, from Monday on. */
export function weekdays() {
  return [0, 1, 2, 3, 4, 5, 6].map((place) =>
    format(new Date(Date.UTC(2026, 5, 1 + place, 12)), { weekday: 'narrow' }),
  );
}

/** A `time` element. */
export function timeOf(at, written = time) {
  const element = document.createElement('time');
  element.dateTime = at;
  element.textContent = written(at);
  return element;
}

const STEPS = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** How long something takes, in its largest unit: `7 dager`. */
export function duration(seconds) {
  const [unit, size] = STEPS.find(([, size]) => seconds >= size) ?? STEPS[3];
  const count = Math.round(seconds / size);
  return new Intl.NumberFormat(current(), { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** A count. */
export function count(number) {
  return new Intl.NumberFormat(current() === 'nb' ? 'nb-NO' : 'en-GB').format(number);
}

/** The instant of a time that is written as on Oslo's clock: `2026-12-07T10:00`. */
export function instant(written) {
  const wanted = Date.parse(`${written}Z`);
  // The clock is one or two hours ahead of UTC; near its change the second look is right.
  const at = wanted - ahead(wanted);
  return new Date(wanted - ahead(at)).toISOString();
}

/** How far Oslo's clock is ahead of UTC at a time, in milliseconds. */
function ahead(at) {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: ZONE,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(at));
  return Date.parse(`${parts.replace(' ', 'T')}Z`) - Math.floor(at / 1000) * 1000;
}
