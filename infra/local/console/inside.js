// Inside: queues, what is due, rates, faults to order, and the events.

import { act, look } from './api.js';
import { chart } from './chart.js';
import { button, fill, h, say, table } from './dom.js';
import { count, timeOf } from './format.js';
import { t, word } from './language.js';
import { lost } from './live.js';

/** How often what leaves is drawn while something does, in milliseconds. */
const EVERY = 1000;

/** Faults that are worth seeing, as they are ordered. */
const FAULTS = {
  registerDown: { register: 'krr', status: 503, times: 50 },
  sesThrottles: { service: 'ses', effect: 'throttle', seconds: 60 },
  senderKilled: { service: 'ses', effect: 'kill-after', function: 'send-email' },
  smsUndelivered: { target: 'sms-report', effect: 'fail', message: 'Phone has blocked SMS' },
  queueTwice: { target: 'queue', operation: 'email', effect: 'twice' },
  tableDown: { service: 'dynamodb', status: 503, times: 30 },
};

let place = null;
let timer = null;

/** Shows it. */
export async function open(main) {
  place = h('div', {});
  fill(main, h('h1', {}, t('nav-inside')), place);
  await draw();
  timer = setInterval(() => draw().catch(lost), EVERY);
  return t('nav-inside');
}

/** The view is left. */
export function close() {
  clearInterval(timer);
}

async function draw() {
  const seen = await look('inside');
  if (!place.isConnected) {
    return;
  }
  fill(place,
    h('section', { 'aria-labelledby': 'h-leaves' }, h('h2', { id: 'h-leaves' }, t('leaves')), chart(t('email'), seen.left.email, seen.rates.email), chart('SMS', seen.left.sms, seen.rates.sms)),
    h('div', { class: 'two' },
      h('section', { 'aria-labelledby': 'h-queues' }, h('h2', { id: 'h-queues' }, t('queues')), queues(seen.queues), h('p', {}, t('dueEntries', { count: count(seen.due) }), seen.dueFirst && [' ', timeOf(seen.dueFirst)])),
      h('section', { 'aria-labelledby': 'h-faults' }, h('h2', { id: 'h-faults' }, t('faults')), faults(seen.faults))),
    h('section', { 'aria-labelledby': 'h-events' }, h('h2', { id: 'h-events' }, t('events', { count: count(seen.eventCount) })), events(seen.events)));
}

function queues(all) {
  const rows = Object.entries(all).map(([name, { messages = 0, deadLetters = 0 }]) => [h('code', {}, name), count(messages), h('span', { class: deadLetters ? 'bad' : '' }, count(deadLetters))]);
  return table(t('queuesHint'), [t('queue'), t('waiting'), t('deadLetters')], rows, { class: 'list counts' });
}

function faults(ordered) {
  const order = (name) => button(t(`fault-${name}`), async () => {
    await act('POST', 'faults', FAULTS[name]);
    say(t('faultOrdered'));
    await draw();
  }, { id: `fault-${name}` });
  const left = ordered.map((fault) => h('li', {}, h('code', {}, [fault.target, fault.operation, fault.function, fault.effect].filter(Boolean).join(' · ')), fault.times > 1 ? ` × ${fault.times}` : ''));
  return [h('p', { class: 'actions' }, Object.keys(FAULTS).map(order)),
    left.length > 0 ? [h('p', {}, t('stillToHappen')), h('ul', {}, left), button(t('lift'), async () => {
      await act('DELETE', 'faults');
      say(t('lifted'));
      await draw();
    }, { id: 'lift' })] : h('p', { class: 'faint' }, t('noFaults'))];
}

function events(all) {
  if (all.length === 0) {
    return h('p', { class: 'empty' }, t('noEvents'));
  }
  const rows = all.map((event) => [timeOf(event.time), word(event['detail-type']), h('details', {}, h('summary', {}, word(event.detail.status ?? event.detail.reason ?? '') || t('detail')), h('pre', { tabindex: 0 }, JSON.stringify(event.detail, null, 2)))]);
  return table(t('eventsHint'), [t('at'), t('event'), t('detail')], rows, { class: 'list' });
}
