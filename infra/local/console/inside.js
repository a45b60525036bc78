// Inside: queues, what is due, rates, faults to order, and the events.

import { act, look } from './api.js';
import { chart } from './chart.js';
import { button, h, say, table } from './dom.js';
import { fill, oneAtATime, refill } from './draw.js';
import { count, timeOf } from './format.js';
import { t, word } from './language.js';
import { drawEachSecond, stopDrawing } from './live.js';

/** Faults that are worth seeing, as they are ordered. */
const FAULTS = {
  registerDown: { register: 'krr', status: 503, times: 50 },
  sesThrottles: { service: 'ses', effect: 'throttle', seconds: 60 },
  senderKilled: { service: 'ses', effect: 'kill-after', function: 'send-email' },
  smsUndelivered: { target: 'sms-report', effect: 'fail', message: 'Phone has blocked SMS' },
  queueTwice: { target: 'queue', operation: 'email', effect: 'twice' },
  tableDown: { service: 'dynamodb', status: 503, times: 30 },
};

let parts = null;

/** Shows it. */
export async function open(place) {
  parts = {
    leaves: h('section', {}),
    queues: h('section', {}),
    due: h('p', {}),
    faults: h('section', {}),
    events: h('section', {}),
  };
  fill(
    place,
    h('h1', {}, t('nav-inside')),
    parts.leaves,
    h('div', { class: 'two' }, h('div', {}, parts.queues, parts.due), parts.faults),
    parts.events,
  );
  await drawEachSecond(draw);
  return t('nav-inside');
}

/** The view is left. */
export function close() {
  stopDrawing();
}

const draw = oneAtATime(async () => {
  const seen = await look('inside');
  refill(parts.leaves, [seen.left, seen.rates], () => [
    h('h2', {}, t('leaves')),
    chart(t('email'), seen.left.Email, seen.rates.Email),
    chart('SMS', seen.left.Sms, seen.rates.Sms),
  ]);
  refill(parts.queues, seen.queues, () => [h('h2', {}, t('queues')), queues(seen.queues)]);
  refill(parts.due, [seen.due, seen.dueFirst], () => [
    t('dueEntries', { count: seen.due }),
    seen.dueFirst && [` ${t('dueFirst')} `, timeOf(seen.dueFirst)],
  ]);
  refill(parts.faults, seen.faults, () => [h('h2', {}, t('faults')), faults(seen.faults)]);
  refill(parts.events, seen.events, () => [
    h('h2', {}, t('events', { count: count(seen.eventCount) })),
    events(seen.events),
  ]);
});

function queues(all) {
  const rows = Object.entries(all).map(([name, { waiting, dead }]) => [
    h('code', {}, name),
    count(waiting),
    h('span', { class: dead ? 'bad' : '' }, count(dead)),
  ]);
  return table(t('queuesHint'), [t('queue'), t('waiting'), t('deadLetters')], rows, { class: 'list counts' });
}

function faults(ordered) {
  const order = (name) =>
    button(
      t(`fault-${name}`),
      async () => {
        await act('POST', 'faults', FAULTS[name]);
        say(t('faultOrdered'));
        await draw();
      },
      { id: `fault-${name}` },
    );
  const left = ordered.map((fault) => {
    const name = nameOf(fault);
    const liftOne = button(
      t('lift'),
      async () => {
        await act('DELETE', `faults/${fault.id}`);
        say(t('liftedOne', { name }));
        await draw();
      },
      { id: `lift-${fault.id}`, 'aria-label': t('liftOne', { name }) },
    );
    return h('li', {}, name, fault.times > 1 ? ` × ${fault.times}` : '', ' ', liftOne);
  });
  const lift = button(
    t('liftAll'),
    async () => {
      await act('DELETE', 'faults');
      say(t('lifted'));
      await draw();
    },
    { id: 'lift' },
  );
  return [
    h('p', { class: 'actions' }, Object.keys(FAULTS).map(order)),
    left.length > 0
      ? [h('p', {}, t('stillToHappen')), h('ul', {}, left), lift]
      : h('p', { class: 'faint' }, t('noFaults')),
  ];
}

/** What a fault is called on its button; of any other, what it is of and what it does. */
function nameOf(fault) {
  const known = Object.keys(FAULTS).find((name) => {
    const { register, service, target = register ?? service, effect = 'fail', operation = null } = FAULTS[name];
    const { function: caller = null } = FAULTS[name];
    return (
      target === fault.target &&
      effect === fault.effect &&
      operation === fault.operation &&
      caller === fault.function
    );
  });
  return known
    ? t(`fault-${known}`)
    : [fault.target, fault.operation, fault.function, fault.effect].filter(Boolean).join(' · ');
}

function events(all) {
  if (all.length === 0) {
    return h('p', { class: 'empty' }, t('noEvents'));
  }
  return table(
    t('eventsHint'),
    [t('at'), t('event'), t('detail')],
    all.map((event) => [timeOf(event.time), word(event['detail-type']), detail(event)]),
    { class: 'list' },
  );
}

function detail(event) {
  const text = JSON.stringify(event.detail, null, 2);
  return h(
    'details',
    { id: `event-${event.id}` },
    h('summary', { id: `event-${event.id}-summary` }, word(event.detail.status ?? '') || t('detail')),
    h('pre', { tabindex: 0, id: `event-${event.id}-text` }, text),
  );
}
