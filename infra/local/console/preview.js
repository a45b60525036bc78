// Templates: which there are, their tokens, and what is made of them in each language.

import { call } from './api.js';
import { h } from './dom.js';
import { fill } from './draw.js';
import { t, word } from './language.js';

const LANGUAGES = ['nb', 'nn', 'en', 'se'];

/** The templates of an owner, and those that are general. */
export async function templatesOf(owner) {
  const answer = await call(owner, 'GET', 'templates');
  return answer.isOk ? (answer.body.templates ?? answer.body) : [];
}

/** A template with its texts; none where there is none. */
export async function template(owner, name) {
  const answer = await call(owner, 'GET', `templates/${encodeURIComponent(name)}`);
  return answer.isOk ? answer.body : null;
}

/** The tokens that the texts of a template have, the service's own apart. */
export function tokensOf(texts) {
  const all = JSON.stringify(texts).matchAll(/\{([A-Za-z][A-Za-z0-9_-]*)\}/g);
  return [...new Set([...all].map(([, name]) => name))];
}

/** Shows what a template makes of some tokens, in each of its languages. */
export async function preview(place, owner, name, texts, tokens) {
  const languages = LANGUAGES.filter((language) => texts[language]);
  const made = await Promise.all(
    languages.map((language) =>
      call(owner, 'POST', `templates/${encodeURIComponent(name)}/preview`, { language, tokens }),
    ),
  );
  fill(
    place,
    made.map((answer, index) =>
      h(
        'section',
        { class: 'card' },
        h('h4', {}, word(`language-${languages[index]}`)),
        answer.isOk ? shown(answer.body) : broken(answer),
      ),
    ),
  );
}

function shown({ email, sms }) {
  return [
    email &&
      h(
        'dl',
        { class: 'headers' },
        h('dt', {}, t('email')),
        h('dd', { lang: '', dir: 'auto' }, h('strong', {}, email.subject), h('br'), email.body),
      ),
    sms &&
      h(
        'dl',
        { class: 'headers' },
        h('dt', {}, 'SMS'),
        h(
          'dd',
          { dir: 'auto' },
          sms.body,
          h('span', { class: 'faint' }, ` · ${t('segments', { count: sms.segments })}`),
        ),
      ),
  ];
}

function broken(answer) {
  const faults = Object.values(answer.body?.errors ?? {}).flat();
  return h('p', { class: 'fault' }, [answer.body?.title, ...faults].filter(Boolean).join(' '));
}
