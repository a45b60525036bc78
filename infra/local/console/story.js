// Plays the two stories of the demonstration at a pace at which they can be read: nobody opens the message, and somebody
// does.

import { OWNER, act, call, look } from './api.js';
import { button, fill, h, say } from './dom.js';
import { t } from './language.js';
import { requestOf } from './request.js';

const DAY = 24 * 3600;
/** How long a step stands, in milliseconds. */
const PACE = 2500;

let isPlaying = false;
let isStopped = false;
let goOn = null;

/** Plays both; the panel at the foot tells what happens, the view above shows the order. */
export async function play() {
  if (isPlaying) {
    return;
  }
  isPlaying = true;
  isStopped = false;
  try {
    await unopened();
    await opened();
    await tell('story-end', '');
  } catch (error) {
    if (!isStopped) {
      await tell('failed', error.message);
    }
  } finally {
    isPlaying = false;
    panel(t('story-end'), false);
  }
}

/** Something has changed: who waits for it looks again. */
export function changed() {
  goOn?.();
}

async function unopened() {
  await tell('story-1', '');
  const order = await place();
  await until(() => isDelivered(order, 0));
  await tell('story-sent', '');
  await act('POST', 'clock', { advanceSeconds: 6 * DAY });
  await tell('story-six', '');
  await act('POST', 'clock', { advanceSeconds: DAY + DAY / 12 });
  // Where the seventh day is a holiday, it goes when the window opens.
  await toOpening();
  await until(() => isDelivered(order, 1));
  await tell('story-reminded', '');
}

async function opened() {
  await tell('story-2', '');
  const order = await place();
  await until(() => isDelivered(order, 0));
  await act('POST', 'clock', { advanceSeconds: 3 * DAY });
  await act('POST', 'events', { 'detail-type': 'Message opened', detail: { owner: OWNER, dialogId: order.dialogId } });
  await tell('story-opened', '');
  await act('POST', 'clock', { advanceSeconds: 5 * DAY });
  await tell('story-stopped', '');
}

async function toOpening() {
  const { now, opens } = await look('clock');
  if (opens.email !== now) {
    await act('POST', 'clock', { to: opens.email });
  }
}

/** Places an order at the next opening of the window, and shows it. */
async function place() {
  await toOpening();
  const dialogId = crypto.randomUUID();
  const { path, body } = requestOf({
    kind: 'person', nationalIdentityNumber: '11837512435', channelSchema: 'EmailPreferred', idempotencyId: dialogId, sendersReference: t('story-reference'),
    subject: t('exampleSubject'), body: t('exampleBody'), smsBody: t('exampleSms'), reminder: true, delayDays: '7', reminderSubject: t('exampleReminder'), reminderBody: t('exampleSms'), dialogId,
  });
  const answer = await call(OWNER, 'POST', path, body);
  if (!answer.isOk) {
    throw new Error(answer.body?.title ?? `${answer.status}`);
  }
  location.hash = `#/order/${answer.body.notificationOrderId}/${OWNER}`;
  const { notification } = answer.body;
  return { dialogId, shipments: [notification, ...notification.reminders].map((one) => one.shipmentId) };
}

async function isDelivered(order, number) {
  const { body } = await call(OWNER, 'GET', `future/shipment/${order.shipments[number]}`);
  return body?.recipients?.some((one) => one.status === 'Email_Delivered');
}

/** Waits until something holds: it is looked at with each change. Where the clock stands, it is moved by a second. */
async function until(holds) {
  while (!(await holds())) {
    stopped();
    const { speed } = await look('clock');
    if (speed === 0) {
      await act('POST', 'clock', { advanceSeconds: 1 });
    } else {
      await Promise.race([new Promise((resolve) => { goOn = resolve; }), pause(1000)]);
    }
  }
}

async function tell(key, more) {
  stopped();
  const text = `${t(key)}${more ? ` ${more}` : ''}`;
  panel(text, true);
  say(text);
  await pause(PACE);
  stopped();
}

function stopped() {
  if (isStopped) {
    throw new Error('stopped');
  }
}

function pause(time) {
  return new Promise((resolve) => { setTimeout(resolve, time); });
}

function panel(text, mayStop) {
  const element = document.getElementById('story');
  element.hidden = false;
  element.setAttribute('aria-label', t('playStory'));
  const end = button(t(mayStop ? 'stopStory' : 'close'), () => {
    isStopped = true;
    element.hidden = true;
  }, { class: 'quiet', id: 'story-stop' });
  fill(element, h('p', {}, text), end);
}
