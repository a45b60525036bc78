// What happened to an order, as a picture: a line with a mark for each event, and how long it was from one to the next.

import { button, h, svg } from './dom.js';
import { duration, timeOf } from './format.js';
import { t, word } from './language.js';

/** From so many seconds on the time between two events is shown. */
const SHOWN_GAP = 60;

/** What kind of mark each event has. */
const KINDS = {
  Accepted: 'start',
  MessageOpened: 'open',
  WaitsUntil: 'wait',
  WaitedUntil: 'wait',
  ConditionMet: 'good',
  LookedUpFrom: 'work',
  LookedUp: 'work',
  Fired: 'fire',
  Stopped: 'stop',
  PartlyStopped: 'stop',
  Failed: 'bad',
  Queued: 'work',
  Sending: 'work',
  HandedOver: 'send',
  Reported: 'good',
  Assumed: 'bad',
  TakenBack: 'stop',
  OwnerMayTryAgainUntil: 'wait',
  Ended: 'end',
};

/** How a mark is drawn: in a square of 24, with a stroke. */
const SHAPES = {
  start: 'M12 5v14M5 12h14',
  open: 'M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6M12 10v4',
  wait: 'M12 6v6l4 3',
  work: 'M6 12h12',
  fire: 'M7 16v-4a5 5 0 0 1 10 0v4zM10 19h4',
  stop: 'M7 7l10 10M17 7L7 17',
  bad: 'M12 6v8M12 17v1',
  send: 'M4 12h14M13 7l5 5-5 5',
  good: 'M6 12l4 4 8-9',
  end: 'M7 5v14M7 6h10l-3 3 3 3H7',
};

/** How many events are drawn until somebody asks for all: a list has thousands. */
const MOST = 100;

/** The picture of the events of an order with these shipments: all of them, or the first ones with a way to the rest. */
export function picture(events, shipments, areAll, showAll) {
  const names = new Map(
    shipments.map((one, place) => [
      one.shipmentId,
      place === 0 ? word(one.type) : t('reminderNumber', { number: place }),
    ]),
  );
  const isCut = !areAll && events.length > MOST;
  return h(
    'ol',
    { class: 'timeline' },
    marks(isCut ? events.slice(0, MOST) : events, names),
    isCut &&
      h(
        'li',
        {},
        button(`${t('someShown', { shown: MOST, all: events.length })} ${t('showAll')}`, showAll, { id: 'all-events' }),
      ),
  );
}

/** Why, in words: `RegisterUnanswered, 3 times`, or several words of the API. */
function why(reason) {
  const [, code, times] = /^(\w+), (\d+) times$/.exec(reason) ?? [];
  return code ? t('inVain', { what: word(code), times }) : reason.split(' ').map(word).join(', ');
}

function marks(events, names) {
  let before = null;
  return events.map((event) => {
    const gap = before && (Date.parse(event.at) - Date.parse(before)) / 1000;
    before = event.at;
    return [gap >= SHOWN_GAP && h('li', { class: 'gap' }, t('later', { time: duration(gap) })), mark(event, names)];
  });
}

function mark(event, names) {
  const kind = /Failed/.test(event.reason ?? '') ? 'bad' : (KINDS[event.event] ?? 'work');
  const icon = svg(
    'svg',
    { viewBox: '0 0 24 24', width: 24, height: 24, 'aria-hidden': 'true', class: 'mark' },
    svg('circle', { cx: 12, cy: 12, r: 11 }),
    svg('path', { d: SHAPES[kind] }),
  );
  const reason = event.reason && why(event.reason);
  return h(
    'li',
    { class: kind },
    icon,
    h(
      'div',
      {},
      h('strong', {}, word(event.event)),
      reason && h('span', {}, `: ${reason}`),
      event.providerReply && h('div', {}, t('providerSaid', { reply: event.providerReply })),
      h(
        'div',
        { class: 'faint' },
        timeOf(event.at),
        names.has(event.shipmentId) && ` · ${names.get(event.shipmentId)}`,
      ),
    ),
  );
}
