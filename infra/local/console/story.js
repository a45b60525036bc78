// Plays the two stories of the demonstration at a pace at which they can be read: nobody opens the message, and somebody
// does.

import { OWNER, act, call, look, read } from './api.js';
import { button, h, say } from './dom.js';
import { fill } from './draw.js';
import { t } from './language.js';
import { requestOf } from './request.js';

const DAY = 24 * 3600;
/** How long a step stands for each of its characters, and at least, in milliseconds. */
const PACE = 55;
const LEAST = 2500;
/** How often what is waited for is looked at where nothing is heard, in milliseconds. */
const PATIENCE = 1000;

class Stopped extends Error {}

let playing = null;
let goOn = null;

/** Plays both; the panel at the foot tells what happens, the view above shows the order. */
export async function play() {
  if (playing) {
    return;
  }
  const mine = { isStopped: false, isPaused: false, wake: null };
  playing = mine;
  try {
    await unopened();
    await opened();
    panel(t('story-end'), [close()]);
  } catch (error) {
    if (!(error instanceof Stopped)) {
      panel(`${t('failed')}: ${error.message}`, [close()]);
    }
  } finally {
    playing = null;
  }
}

/** Something has changed: who waits for it looks again. */
export function changed() {
  goOn?.();
}

async function unopened() {
  await tell('story-1');
  const order = await place();
  await until(() => isDelivered(order, 0));
  await tell('story-sent');
  await act('POST', 'clock', { advanceSeconds: 6 * DAY });
  await tell('story-six');
  await act('POST', 'clock', { advanceSeconds: DAY + DAY / 12 });
  // Where the seventh day is a holiday, it goes when the window opens.
  await toOpening();
  await until(() => isDelivered(order, 1));
  await tell('story-reminded');
}

async function opened() {
  await tell('story-2');
  const order = await place();
  await until(() => isDelivered(order, 0));
  await act('POST', 'clock', { advanceSeconds: 3 * DAY });
  await act('POST', 'events', { 'detail-type': 'Message opened', detail: { owner: OWNER, dialogId: order.dialogId } });
  await tell('story-opened');
  await act('POST', 'clock', { advanceSeconds: 5 * DAY });
  const { decision } = await read(OWNER, `future/shipment/${order.shipments[1]}`);
  if (decision?.reason !== 'MessageOpened') {
    throw new Error(decision?.reason);
  }
  await tell('story-stopped');
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
    kind: 'person',
    nationalIdentityNumber: '11837512435',
    channelSchema: 'EmailPreferred',
    idempotencyId: dialogId,
    sendersReference: t('story-reference'),
    subject: t('exampleSubject'),
    body: t('exampleBody'),
    smsBody: t('exampleSms'),
    reminder: true,
    delayDays: '7',
    reminderSubject: t('exampleReminder'),
    reminderBody: t('exampleSms'),
    dialogId,
  });
  const answer = await call(OWNER, 'POST', path, body);
  if (!answer.isOk) {
    throw new Error(answer.body?.title ?? `${answer.status}`);
  }
  // In place of the story in the history: it would begin anew when somebody goes back.
  location.replace(`#/order/${answer.body.notificationOrderId}/${OWNER}`);
  const { notification } = answer.body;
  return { dialogId, shipments: [notification, ...notification.reminders].map((one) => one.shipmentId) };
}

async function isDelivered(order, number) {
  const { recipients } = await read(OWNER, `future/shipment/${order.shipments[number]}`);
  return recipients?.some((one) => one.status === 'Email_Delivered');
}

/** Waits until something holds: it is looked at with each change. Where the clock stands, it is moved by a second. */
async function until(holds) {
  while (!(await holds())) {
    stopIfAsked();
    const { speed } = await look('clock');
    if (speed === 0) {
      await act('POST', 'clock', { advanceSeconds: 1 });
    } else {
      await Promise.race([
        new Promise((resolve) => {
          goOn = resolve;
        }),
        pause(PATIENCE),
      ]);
    }
  }
}

/** Tells a step, and waits until it can have been read; for longer where somebody asks for that. */
async function tell(key) {
  const mine = playing;
  stopIfAsked();
  const text = t(key);
  say(text);
  show(text, mine);
  await pause(Math.max(LEAST, text.length * PACE));
  while (mine.isPaused && !mine.isStopped) {
    await new Promise((resolve) => {
      mine.wake = resolve;
    });
  }
  stopIfAsked();
}

function show(text, mine) {
  const hold = button(
    t(mine.isPaused ? 'goOn' : 'pause'),
    () => {
      mine.isPaused = !mine.isPaused;
      mine.wake?.();
      show(text, mine);
    },
    { class: 'quiet', id: 'story-pause' },
  );
  const end = button(
    t('stopStory'),
    () => {
      mine.isStopped = true;
      mine.wake?.();
      document.getElementById('story').hidden = true;
    },
    { class: 'quiet', id: 'story-stop' },
  );
  panel(text, [hold, end]);
}

function stopIfAsked() {
  if (playing.isStopped) {
    throw new Stopped();
  }
}

function pause(time) {
  return new Promise((resolve) => {
    setTimeout(resolve, time);
  });
}

function close() {
  return button(
    t('close'),
    () => {
      document.getElementById('story').hidden = true;
    },
    { class: 'quiet', id: 'story-close' },
  );
}

function panel(text, buttons) {
  const element = document.getElementById('story');
  element.hidden = false;
  element.setAttribute('aria-label', t('playStory'));
  fill(element, h('p', {}, text), buttons);
}
