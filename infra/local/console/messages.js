// What people got: e-mails as a mail program shows them, and SMS on a phone with their segments marked.

import { look } from './api.js';
import { button, h } from './dom.js';
import { fill, oneAtATime, refill } from './draw.js';
import { time, timeOf } from './format.js';
import { t } from './language.js';

/** How many messages are shown at first and come with each further page, and how many at most. */
const PAGE = 20;
const MOST = 200;

let people = new Map();
let results = null;
let loaded = PAGE;

/** Shows the latest messages. */
export async function open(place) {
  results = h('div', {});
  loaded = PAGE;
  fill(place, h('h1', {}, t('nav-messages')), results);
  await learnPeople();
  await draw();
  return t('nav-messages');
}

/** Something has changed. */
export async function changed(seen, last) {
  if (results?.isConnected && seen.messages !== last.messages) {
    await draw();
  }
}

/** Learns the names that belong to addresses. */
export async function learnPeople() {
  const { persons, organizations } = await look('people');
  people = new Map();
  for (const one of persons) {
    people.set(one.email, one.name).set(one.mobileNumber, one.name);
  }
  for (const one of organizations) {
    [...one.emails, ...one.mobileNumbers].forEach((address) => people.set(address, one.name));
  }
}

const draw = oneAtATime(async () => {
  const { messages, count } = await look(`messages?limit=${loaded}`);
  refill(results, messages, () =>
    count === 0
      ? h('p', { class: 'empty' }, t('nobodyGot'))
      : [
          cards(messages),
          messages.length < count &&
            messages.length < MOST &&
            button(
              t('more'),
              () => {
                loaded = Math.min(loaded + PAGE, MOST);
                return draw();
              },
              { id: 'more' },
            ),
          messages.length === MOST && h('p', { class: 'faint' }, t('lastShown', { count: MOST })),
        ],
  );
});

/** The messages side by side. */
export function cards(messages) {
  return h(
    'div',
    { class: 'messages' },
    messages.map((one) => (one.channel === 'Sms' ? phone(one) : email(one))),
  );
}

function who(message) {
  const name = people.get(message.to);
  return [name && h('bdi', {}, name, ' '), h('bdi', { class: name ? 'faint' : '' }, message.to)];
}

function email(message) {
  const headers = [
    [t('from'), message.sender],
    [t('to'), who(message)],
    [t('subject'), h('strong', {}, h('bdi', {}, message.subject))],
    [t('sentAt'), timeOf(message.at)],
  ];
  const files = message.attachments?.map((file) => file.filename).join(', ');
  const plain = h(
    'pre',
    { class: 'plain', dir: 'auto', tabindex: 0, 'aria-label': t('plainText') },
    message.plain ?? message.body,
  );
  const frame =
    message.contentType === 'Html' &&
    h('iframe', {
      sandbox: '',
      src: `local/messages/${message.number}/html`,
      title: t('asMail', { subject: message.subject }),
      loading: 'lazy',
      referrerpolicy: 'no-referrer',
    });
  return h(
    'article',
    { class: 'card mail', 'aria-label': `${t('email')}: ${message.subject}` },
    h(
      'dl',
      { class: 'headers' },
      headers.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
      files && [h('dt', {}, t('files')), h('dd', {}, files)],
    ),
    h('div', { class: frame ? 'both' : '' }, frame, plain),
  );
}

function phone(message) {
  const parts = message.segments;
  const bubbles = parts.map((part, place) =>
    h(
      'span',
      { class: 'segment' },
      h('bdi', {}, part),
      parts.length > 1 &&
        h(
          'span',
          { class: 'number' },
          h('span', { class: 'unseen' }, ` ${t('segment')} `),
          `${place + 1}/${parts.length}`,
        ),
    ),
  );
  return h(
    'article',
    { class: 'phone', 'aria-label': `SMS: ${message.to}, ${time(message.at)}` },
    h(
      'p',
      { class: 'screen-head' },
      h('strong', {}, message.sender ?? t('unknownSender')),
      h('span', {}, t('to'), ' ', who(message)),
    ),
    h('p', { class: 'bubble', dir: 'auto' }, bubbles),
    h('p', { class: 'faint' }, timeOf(message.at), ` · ${t('segments', { count: parts.length })}`),
  );
}
