// What people got: e-mails as a mail program shows them, and SMS on a phone with their segments marked.

import { look } from './api.js';
import { button, fill, h } from './dom.js';
import { time, timeOf } from './format.js';
import { t } from './language.js';

const PAGE = 20;

let people = new Map();
let results = null;
let oldest = null;

/** Shows the latest messages. */
export async function open(main) {
  results = h('div', {});
  fill(main, h('h1', {}, t('nav-messages')), results);
  await learnPeople();
  await first();
  return t('nav-messages');
}

/** Something has changed. */
export async function changed(seen, last) {
  if (results?.isConnected && seen.messages !== last.messages) {
    await first();
  }
}

async function learnPeople() {
  const { persons, organizations } = await look('people');
  people = new Map();
  for (const one of persons) {
    people.set(one.email, one.name).set(one.mobileNumber, one.name);
  }
  for (const one of organizations) {
    [...one.emails, ...one.mobileNumbers].forEach((address) => people.set(address, one.name));
  }
}

async function first() {
  const { messages, count } = await look(`messages?limit=${PAGE}`);
  if (count === 0) {
    fill(results, h('p', { class: 'empty' }, t('nobodyGot')));
    return;
  }
  fill(results, cards(messages), more(messages, count));
}

function more(messages, count) {
  oldest = messages.at(-1)?.number ?? 0;
  const place = h('div', {});
  place.append(...(count > messages.length && oldest > 0 ? [button(t('more'), async () => {
    const next = await look(`messages?limit=${PAGE}&before=${oldest}`);
    place.replaceWith(cards(next.messages), more(next.messages, count));
  })] : []));
  return place;
}

/** The messages side by side. */
export function cards(messages) {
  return h('div', { class: 'messages' }, messages.map((one) => (one.channel === 'Sms' ? phone(one) : email(one))));
}

function who(message) {
  const name = people.get(message.to);
  return [name && h('bdi', {}, name, ' '), h('bdi', { class: name ? 'faint' : '' }, message.to)];
}

function email(message) {
  const headers = [[t('from'), message.sender], [t('to'), who(message)], [t('subject'), h('strong', {}, h('bdi', {}, message.subject))], [t('sentAt'), timeOf(message.at)]];
  const files = message.attachments?.map((file) => file.filename).join(', ');
  const plain = h('pre', { class: 'plain', dir: 'auto', tabindex: 0, 'aria-label': t('plainText') }, message.plain ?? message.body);
  const frame = message.contentType === 'Html' && h('iframe', { sandbox: '', src: `local/messages/${message.number}/html`, title: t('asMail', { subject: message.subject }), loading: 'lazy', referrerpolicy: 'no-referrer' });
  return h('article', { class: 'card mail', 'aria-label': `${t('email')}: ${message.subject}` },
    h('dl', { class: 'headers' }, headers.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]), files && [h('dt', {}, t('files')), h('dd', {}, files)]),
    h('div', { class: frame ? 'both' : '' }, frame, plain));
}

function phone(message) {
  const parts = message.segments;
  const bubbles = parts.map((part, place) => h('span', { class: 'segment' },
    h('bdi', {}, part), parts.length > 1 && h('span', { class: 'number' }, h('span', { class: 'unseen' }, ` ${t('segment')} `), `${place + 1}/${parts.length}`)));
  return h('article', { class: 'phone', 'aria-label': `SMS: ${message.to}, ${time(message.at)}` },
    h('p', { class: 'screen-head' }, h('strong', {}, message.sender ?? t('unknownSender')), h('span', {}, t('to'), ' ', who(message))),
    h('p', { class: 'bubble', dir: 'auto' }, bubbles),
    h('p', { class: 'faint' }, timeOf(message.at), ` · ${t('segments', { count: parts.length })}`));
}
