// One order: what happened to it as a picture, its shipments and deliveries, what people got, evidence and JSON.

import { OWNER, act, call, isLocal, look, read } from './api.js';
import { button, copyButton, fill, h, say, table } from './dom.js';
import { timeOf } from './format.js';
import { t, word } from './language.js';
import { cards } from './messages.js';
import { picture } from './timeline.js';

const MOST_RECIPIENTS = 100;

let shown = null;

/** Shows the order of an id and its owner. */
export async function open(main, [id, owner]) {
  shown = { id, owner: owner === '-' ? null : owner ?? OWNER, main, isLocal: await isLocal() };
  return draw();
}

/** The view is left. */
export function close() {
  shown = null;
}

/** Something has changed. */
export async function changed(seen, last) {
  if (shown && (seen.orders !== last.orders || seen.messages !== last.messages)) {
    await draw();
  }
}

async function draw() {
  const { id, owner, main } = shown;
  const [order, timeline] = await Promise.all([read(owner, `future/orders/${id}`), read(owner, `future/orders/${id}/timeline`)]);
  const of = [order, ...(order.reminders ?? [])];
  const shipments = await Promise.all(of.map((one) => read(owner, `future/shipment/${one.shipmentId}`)));
  const got = shown?.isLocal ? await look(`messages?order=${id}&limit=20`) : null;
  if (shown?.id !== id) {
    return '';
  }
  const title = order.sendersReference ?? t('order');
  fill(main, h('p', {}, h('a', { href: '#/orders' }, `← ${t('nav-orders')}`)),
    h('h1', {}, title),
    h('p', { class: 'facts' }, h('span', { class: 'chip' }, word(order.status)), ' ', h('code', {}, id), ' ', copyButton(id, t('copyId'), t('copied'))),
    actions(order),
    h('div', { class: 'two' },
      h('section', { 'aria-labelledby': 'h-happened' }, h('h2', { id: 'h-happened' }, t('happened')), picture(timeline.events, of)),
      h('section', { 'aria-labelledby': 'h-shipments' }, h('h2', { id: 'h-shipments' }, t('shipments')), shipments.map((shipment, place) => shipmentCard(shipment, of[place])))),
    got && h('section', { 'aria-labelledby': 'h-got' }, h('h2', { id: 'h-got' }, t('nav-messages')), got.messages.length ? cards(got.messages) : h('p', { class: 'empty' }, t('nobodyGot'))),
    h('section', { 'aria-labelledby': 'h-data' }, h('h2', { id: 'h-data' }, t('data')),
      json('manifest', t('asOrdered'), order), json('shipments-json', t('shipments'), shipments), evidence(id, owner)));
  return title;
}

function actions(order) {
  const dialog = order.dialogportenAssociation;
  const mayCancel = order.status === 'Order_Registered' || (order.reminders ?? []).some((one) => one.status === 'Order_Registered');
  return h('p', { class: 'actions' },
    shown.isLocal && dialog && button(t('openMessage'), async () => {
      const detail = { owner: shown.owner, dialogId: dialog.dialogId, ...(dialog.transmissionId && { transmissionId: dialog.transmissionId }) };
      await act('POST', 'events', { 'detail-type': 'Message opened', detail });
      say(t('messageOpened'));
    }, { id: 'open-message' }),
    shown.isLocal && mayCancel && button(t('cancel'), async () => {
      const answer = await call(shown.owner, 'PUT', `future/orders/${shown.id}/cancel`);
      say(answer.isOk ? t('cancelled') : t('notCancelled'));
    }, { id: 'cancel' }));
}

function shipmentCard(shipment, ordered) {
  const decision = ordered.decision;
  const facts = [
    [t('state'), word(shipment.status)],
    ordered.plannedAt && [t('planned'), timeOf(ordered.plannedAt)],
    shipment.waitsFor && [t('waitsFor'), word(shipment.waitsFor)],
    decision && [t('decision'), `${word(decision.outcome)}: ${word(decision.reason)}`],
    shipment.reached && [t('reached'), `${word(shipment.reached)}${shipment.reachedReason ? ` (${word(shipment.reachedReason)})` : ''}`],
  ].filter(Boolean);
  const all = shipment.recipients ?? [];
  const columns = [t('to'), t('channel'), t('state'), t('lastUpdate')];
  const rows = all.slice(0, MOST_RECIPIENTS).map((one) => [
    h('bdi', {}, one.destination || '–'), one.type === 'Email' ? t('email') : one.type,
    h('span', { class: /Failed/.test(one.status) ? 'bad' : '' }, word(one.status), one.inferred ? ` (${t('inferred')})` : ''), timeOf(one.lastUpdate)]);
  return h('article', { class: 'card' }, h('h3', {}, word(shipment.type)),
    h('dl', { class: 'facts' }, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    rows.length > 0 && table(t('deliveries', { count: all.length }), columns, rows, { class: 'list' }),
    all.length > MOST_RECIPIENTS && h('p', { class: 'faint' }, t('someShown', { shown: MOST_RECIPIENTS, all: all.length })));
}

function json(id, title, value) {
  const text = JSON.stringify(value, null, 2);
  return h('details', { id }, h('summary', {}, title), copyButton(text, t('copy'), t('copied')), h('pre', { tabindex: 0 }, text));
}

function evidence(id, owner) {
  const place = h('div', {});
  return h('details', { id: 'evidence', ontoggle: async (event) => {
    if (event.target.open && !place.firstChild) {
      const answer = await call(owner, 'GET', `future/orders/${id}/evidence`);
      const text = JSON.stringify(answer.body, null, 2);
      fill(place, copyButton(text, t('copy'), t('copied')), h('pre', { tabindex: 0 }, text));
    }
  } }, h('summary', {}, t('evidence')), place);
}
