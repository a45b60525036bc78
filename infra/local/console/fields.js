// Fields of a form, each with its label, its hint and the fault that it has.

import { h } from './dom.js';
import { t } from './language.js';

/** A field around a control that has the same id. */
export function field(id, control, hint) {
  const hintId = `${id}-hint`;
  const faultId = `${id}-fault`;
  control.id = id;
  control.name = id;
  control.setAttribute('aria-describedby', hint ? `${hintId} ${faultId}` : faultId);
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, t(`field-${id}`)),
    hint && h('span', { class: 'hint', id: hintId }, hint),
    control,
    h('span', { class: 'fault', id: faultId }),
  );
}

/** A text in one line. */
export function line(id, value, hint, attributes = {}) {
  return field(id, h('input', { value, ...attributes }), hint);
}

/** A text of several lines. */
export function area(id, value, hint, attributes = {}) {
  return field(id, h('textarea', { rows: 3, dir: 'auto', value, ...attributes }), hint);
}

/** One of several. */
export function choice(id, choices, value, hint) {
  return field(
    id,
    h(
      'select',
      {},
      choices.map(([code, text]) => h('option', { value: code, selected: code === value }, text)),
    ),
    hint,
  );
}

/** Yes or no. */
export function tick(id, isTicked) {
  const control = h('input', { type: 'checkbox', id, name: id, checked: isTicked });
  control.setAttribute('aria-describedby', `${id}-fault`);
  return h(
    'div',
    { class: 'tick' },
    control,
    h('label', { for: id }, t(`field-${id}`)),
    h('span', { class: 'fault', id: `${id}-fault` }),
  );
}
