// One order: what happened to it as a picture, its shipments and deliveries, what people got, evidence and JSON.

import { ApiError, OWNER, act, call, isLocal, look, read } from './api.js';
import { button, copyButton, h, say, table } from './dom.js';
import { fill, oneAtATime, refill } from './draw.js';
import { timeOf } from './format.js';
import { t, word } from './language.js';
import { cards, learnPeople } from './messages.js';
import { picture } from './timeline.js';

const MOST_RECIPIENTS = 100;
/** How many messages are shown. */
const MOST_MESSAGES = 50;
/** The parts of the view, each drawn anew only where it has changed. */
const PARTS = ['head', 'happened', 'shipments', 'got', 'data'];

let shown = null;

/** Shows the order of an id and its owner. */
export async function open(place, [id, owner]) {
  const parts = Object.fromEntries(PARTS.map((name) => [name, h('section', {})]));
  shown = {
    id,
    owner: owner === '-' ? null : (owner ?? OWNER),
    parts,
    place,
    isLocal: await isLocal(),
    areAllEvents: false,
  };
  const of = shown;
  fill(
    place,
    h('p', {}, h('a', { href: '#/orders', id: 'back' }, `← ${t('nav-orders')}`)),
    parts.head,
    h('div', { class: 'two' }, parts.happened, parts.shipments),
    parts.got,
    parts.data,
  );
  if (of.isLocal) {
    await learnPeople();
  }
  await draw();
  return of.title;
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

const draw = oneAtATime(async () => {
  const of = shown;
  if (!of) {
    return;
  }
  const answer = await call(of.owner, 'GET', `future/orders/${of.id}`);
  if (answer.status === 404) {
    await drawEvidence(of, answer);
    return;
  }
  const order = answer.isOk ? answer.body : fail(answer);
  const timeline = await read(of.owner, `future/orders/${of.id}/timeline`);
  const all = [order, ...(order.reminders ?? [])];
  const shipments = await Promise.all(all.map((one) => read(of.owner, `future/shipment/${one.shipmentId}`)));
  const got = of.isLocal ? await look(`messages?order=${of.id}&limit=${MOST_MESSAGES}`) : null;
  of.title = order.sendersReference ?? t('order');
  if (shown !== of) {
    // It was left meanwhile.
    return;
  }
  refill(of.parts.head, order, () => head(of, order));
  refill(of.parts.happened, { events: timeline.events, areAll: of.areAllEvents }, () => [
    h('h2', {}, t('happened')),
    events(of, timeline.events, all),
  ]);
  refill(of.parts.shipments, shipments, () => [
    h('h2', {}, t('shipments')),
    shipments.map((shipment, number) => shipmentCard(shipment, all[number])),
  ]);
  if (got) {
    refill(of.parts.got, got.messages, () => [
      h('h2', {}, t('nav-messages')),
      got.messages.length ? cards(got.messages) : h('p', { class: 'empty' }, t('nobodyGot')),
      got.messages.length === MOST_MESSAGES && h('p', { class: 'faint' }, t('lastShown', { count: MOST_MESSAGES })),
    ]);
  }
  refill(of.parts.data, { order, shipments }, () => [
    h('h2', {}, t('data')),
    json('manifest', t('asOrdered'), order),
    json('shipments-json', t('shipments'), shipments),
    evidence(of),
  ]);
});

function fail(answer) {
  throw new ApiError(answer);
}

/** Of an order that is not kept any more there may be evidence. */
async function drawEvidence(of, missing) {
  const answer = await call(of.owner, 'GET', `future/orders/${of.id}/evidence`);
  if (!answer.isOk) {
    fail(missing);
  }
  of.title = t('evidence');
  refill(of.parts.head, answer.body, () => [
    h('h1', {}, t('evidence')),
    h('p', {}, t('onlyEvidence')),
    h('pre', { tabindex: 0 }, JSON.stringify(answer.body, null, 2)),
  ]);
}

function head(of, order) {
  return [
    h('h1', {}, h('bdi', {}, of.title)),
    h(
      'p',
      { class: 'facts' },
      h('span', { class: 'chip' }, word(order.status)),
      ' ',
      h('code', {}, of.id),
      ' ',
      copyButton('copy-id', of.id, t('copyId'), t('copied')),
    ),
    actions(of, order),
  ];
}

function events(of, all, shipments) {
  return picture(all, shipments, of.areAllEvents, () => {
    of.areAllEvents = true;
    return draw();
  });
}

function actions(of, order) {
  const dialog = order.dialogportenAssociation;
  const mayCancel =
    order.status === 'Order_Registered' || (order.reminders ?? []).some((one) => one.status === 'Order_Registered');
  return h(
    'p',
    { class: 'actions' },
    of.isLocal &&
      dialog &&
      button(
        t('openMessage'),
        async () => {
          const detail = {
            owner: of.owner,
            dialogId: dialog.dialogId,
            ...(dialog.transmissionId && { transmissionId: dialog.transmissionId }),
          };
          await act('POST', 'events', { 'detail-type': 'Message opened', detail });
          say(t('messageOpened'));
        },
        { id: 'open-message' },
      ),
    of.isLocal &&
      mayCancel &&
      button(
        t('cancel'),
        async () => {
          const answer = await call(of.owner, 'PUT', `future/orders/${of.id}/cancel`);
          say(answer.isOk ? t('cancelled') : `${t('notCancelled')} ${answer.body?.detail ?? ''}`);
        },
        { id: 'cancel' },
      ),
  );
}

function shipmentCard(shipment, ordered) {
  const decision = ordered.decision;
  const facts = [
    [t('state'), word(shipment.status)],
    ordered.plannedAt && [t('planned'), timeOf(ordered.plannedAt)],
    shipment.waitsFor && [t('waitsFor'), word(shipment.waitsFor)],
    decision && [t('decision'), `${word(decision.outcome)}: ${word(decision.reason)}`],
    shipment.reached && [
      t('reached'),
      `${word(shipment.reached)}${shipment.reachedReason ? ` (${word(shipment.reachedReason)})` : ''}`,
    ],
  ].filter(Boolean);
  const all = shipment.recipients ?? [];
  const columns = [t('to'), t('channel'), t('state'), t('lastUpdate')];
  const rows = all
    .slice(0, MOST_RECIPIENTS)
    .map((one) => [
      h('bdi', {}, one.destination || '–'),
      one.type === 'Email' ? t('email') : one.type,
      h(
        'span',
        { class: /Failed/.test(one.status) ? 'bad' : '' },
        word(one.status),
        one.inferred ? ` (${t('inferred')})` : '',
        one.providerReply && h('div', { class: 'faint' }, t('providerSaid', { reply: one.providerReply })),
      ),
      timeOf(one.lastUpdate),
    ]);
  return h(
    'article',
    { class: 'card' },
    h('h3', {}, word(shipment.type)),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
    ),
    rows.length > 0 && table(t('deliveries', { count: all.length }), columns, rows, { class: 'list' }),
    all.length > MOST_RECIPIENTS &&
      h('p', { class: 'faint' }, t('someShown', { shown: MOST_RECIPIENTS, all: all.length })),
  );
}

function json(id, title, value) {
  const text = JSON.stringify(value, null, 2);
  return h(
    'details',
    { id },
    h('summary', { id: `${id}-summary` }, title),
    copyButton(`${id}-copy`, text, t('copy'), t('copied')),
    h('pre', { tabindex: 0, id: `${id}-text` }, text),
  );
}

function evidence({ id, owner }) {
  const place = h('div', {});
  return h(
    'details',
    {
      id: 'evidence',
      ontoggle: async (event) => {
        if (event.target.open) {
          const answer = await call(owner, 'GET', `future/orders/${id}/evidence`);
          const text = JSON.stringify(answer.body, null, 2);
          fill(
            place,
            copyButton('evidence-copy', text, t('copy'), t('copied')),
            h('pre', { tabindex: 0, id: 'evidence-text' }, text),
          );
        }
      },
    },
    h('summary', { id: 'evidence-summary' }, t('evidence')),
    place,
  );
}
