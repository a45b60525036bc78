// Shows what is wrong with a request at the fields that the answer names.

import { h } from './dom.js';
import { fill } from './draw.js';
import { t } from './language.js';
import { fieldOf } from './request.js';

/** Takes all faults away. */
export function clear(form, summary) {
  fill(summary);
  for (const place of form.querySelectorAll('.fault')) {
    place.textContent = '';
  }
  for (const control of form.querySelectorAll('[aria-invalid]')) {
    control.removeAttribute('aria-invalid');
  }
}

/** Shows the faults of an answer; the summary names each and leads to its field. */
export function show(form, summary, answer, values) {
  const faults = Object.entries(answer.body?.errors ?? {}).flatMap(([path, texts]) =>
    texts.map((text) => ({ path, text, id: fieldOf(path, values) })),
  );
  const rows = faults.map(({ path, text, id }) => {
    const control = id && document.getElementById(id);
    if (!control) {
      return h('li', {}, h('code', {}, path), ': ', text);
    }
    control.setAttribute('aria-invalid', 'true');
    const place = document.getElementById(`${id}-fault`);
    place.textContent = `${place.textContent} ${text}`.trim();
    return h(
      'li',
      {},
      h('button', { type: 'button', class: 'link', onclick: () => control.focus() }, t(`field-${id}`)),
      ': ',
      text,
    );
  });
  const said = [answer.body?.title, answer.body?.detail].filter(Boolean).join(' ');
  const box = h(
    'div',
    { class: 'problem', tabindex: -1, role: 'alert' },
    h('h2', {}, t('refused', { status: answer.status })),
    h('p', {}, said),
    rows.length > 0 && h('ul', {}, rows),
  );
  fill(summary, box);
  box.focus();
}
