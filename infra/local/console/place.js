// Placing an order: a form for each kind, the request as JSON and as a command, and what the service says of it.

import { OWNER, call, look } from './api.js';
import { button, copyButton, h, say } from './dom.js';
import { fill } from './draw.js';
import * as errors from './errors.js';
import { area, choice, field, line, tick } from './fields.js';
import { t, word } from './language.js';
import { preview, template, templatesOf, tokensOf } from './preview.js';
import { KINDS, channelsOf, curlOf, requestOf } from './request.js';

let form = null;
let shownJson = null;
let summary = null;
let people = { persons: [], organizations: [] };
let templates = [];
let texts = null;
let values = null;

/** What the form begins with. */
function fresh() {
  const number = Math.floor(Math.random() * 1e6);
  return {
    kind: 'person',
    owner: OWNER,
    idempotencyId: `${t('case')}-${number}`,
    sendersReference: `${t('case')}-${number}`,
    channelSchema: 'EmailPreferred',
    nationalIdentityNumber: '11837512435',
    orgNumber: '227289872',
    emailAddress: 'mottaker@example.no',
    phoneNumber: '+4790000020',
    recipients: '11837512435\nmottaker@example.no',
    subject: t('exampleSubject'),
    body: t('exampleBody'),
    smsBody: t('exampleSms'),
    html: false,
    reminder: true,
    delayDays: '7',
    reminderSubject: t('exampleReminder'),
    reminderBody: t('exampleSms'),
    dialogId: crypto.randomUUID(),
    template: '',
    tokens: {},
    filename: 'vedtak.pdf',
    mimeType: 'application/pdf',
    sasUrl: '',
    emailPolicy: '',
    smsPolicy: '',
    requestedSendTime: '',
    urgent: false,
  };
}

/** Shows the form. */
export async function open(main) {
  people = await look('people');
  templates = await templatesOf(OWNER);
  // What was written stays where only the language is another.
  values = values ?? fresh();
  texts = values.template ? ((await template(OWNER, values.template))?.texts ?? {}) : null;
  form = h('form', { class: 'order', novalidate: true, onsubmit: send, oninput: read, onchange: change });
  shownJson = h('div', {});
  summary = h('div', {});
  fill(
    main,
    h('h1', {}, t('nav-place')),
    summary,
    h('div', { class: 'two' }, form, h('section', { class: 'sticky', 'aria-label': t('request') }, shownJson)),
  );
  draw();
  return t('nav-place');
}

function draw() {
  const kind = KINDS[values.kind];
  const has = channelsOf(values.kind, values.channelSchema);
  const isTexted = !values.template;
  fill(
    form,
    choice(
      'kind',
      Object.keys(KINDS).map((code) => [code, t(`kind-${code}`)]),
      values.kind,
    ),
    h(
      'fieldset',
      {},
      h('legend', {}, t('who')),
      recipient(),
      (kind.channels || values.kind === 'list') && choice('channelSchema', channelChoices(), values.channelSchema),
    ),
    h(
      'fieldset',
      {},
      h('legend', {}, t('what')),
      kind.channels &&
        templates.length > 0 &&
        choice('template', [['', t('noTemplate')], ...templates.map(({ name }) => [name, name])], values.template),
      values.template && tokenFields(),
      isTexted &&
        has.includes('email') && [
          line('subject', values.subject),
          area('body', values.body, t('hint-body')),
          tick('html', values.html),
        ],
      isTexted && has.includes('sms') && area('smsBody', values.smsBody),
      values.kind === 'composed' && [
        line('sasUrl', values.sasUrl, t('hint-sasUrl'), { type: 'url' }),
        line('filename', values.filename),
        line('mimeType', values.mimeType),
      ],
    ),
    !kind.isInstant &&
      h(
        'fieldset',
        {},
        h('legend', {}, t('when')),
        line('requestedSendTime', values.requestedSendTime, t('hint-requestedSendTime'), { type: 'datetime-local' }),
        values.kind !== 'list' && [
          has.includes('email') && isTexted && choice('emailPolicy', policies(), values.emailPolicy),
          has.includes('sms') && isTexted && choice('smsPolicy', policies(), values.smsPolicy),
        ],
        tick('urgent', values.urgent),
      ),
    hasReminder() &&
      isTexted &&
      h(
        'fieldset',
        {},
        h('legend', {}, t('reminder')),
        tick('reminder', values.reminder),
        values.reminder && [
          line('delayDays', values.delayDays, null, { inputmode: 'numeric' }),
          has.includes('email') && line('reminderSubject', values.reminderSubject),
          area('reminderBody', values.reminderBody),
          line('dialogId', values.dialogId, t('hint-dialogId')),
        ],
      ),
    h(
      'fieldset',
      {},
      h('legend', {}, t('knownBy')),
      line('sendersReference', values.sendersReference),
      line('idempotencyId', values.idempotencyId, t('hint-idempotencyId')),
    ),
    button(t('send'), null, { type: 'submit', class: 'main', id: 'send' }),
  );
  showRequest();
}

/** Lists, e-mails with files and what goes at once have no reminders. */
function hasReminder() {
  return !KINDS[values.kind].isInstant && !['list', 'composed'].includes(values.kind);
}

function recipient() {
  const pick = (id, choices) =>
    field(id, h('input', { value: values[id], list: `${id}-list`, autocomplete: 'off' }), t(`hint-${id}`)).appendChild(
      h(
        'datalist',
        { id: `${id}-list` },
        choices.map(([value, text]) => h('option', { value }, text)),
      ),
    ).parentElement;
  switch (values.kind) {
    case 'person':
      return pick(
        'nationalIdentityNumber',
        people.persons.map((one) => [one.nationalIdentityNumber, one.name]),
      );
    case 'organization':
      return pick(
        'orgNumber',
        people.organizations.map((one) => [one.organizationNumber, one.name]),
      );
    case 'sms':
    case 'instantSms':
      return line('phoneNumber', values.phoneNumber, null, { type: 'tel' });
    case 'list':
      return area('recipients', values.recipients, t('hint-recipients'), { rows: 5 });
    default:
      return line('emailAddress', values.emailAddress, null, { type: 'email' });
  }
}

function channelChoices() {
  return ['Email', 'Sms', 'EmailPreferred', 'SmsPreferred', 'EmailAndSms'].map((code) => [code, word(code)]);
}

function policies() {
  return ['', 'Daytime', 'Anytime'].map((code) => [code, t(`policy-${code || 'House'}`)]);
}

function tokenFields() {
  if (!texts) {
    return h('p', { class: 'faint' }, t('loading'));
  }
  const place = h('div', { id: 'previews' });
  const controls = tokensOf(texts).map((name) =>
    h(
      'div',
      { class: 'field' },
      h('label', { for: `token-${name}` }, h('code', {}, `{${name}}`)),
      h('input', { id: `token-${name}`, value: values.tokens[name] ?? '', 'data-token': name }),
    ),
  );
  return h(
    'div',
    { id: 'tokens', tabindex: -1 },
    controls,
    h('span', { class: 'fault', id: 'tokens-fault' }),
    button(t('preview'), () => preview(place, OWNER, values.template, texts, values.tokens)),
    place,
  );
}

function read(event) {
  const control = event.target;
  if (control.dataset.token) {
    values.tokens = { ...values.tokens, [control.dataset.token]: control.value };
  } else if (control.name in values) {
    values[control.name] = control.type === 'checkbox' ? control.checked : control.value;
  }
  showRequest();
}

/** The view is left for another one; in another language it goes on. */
export function close() {
  if (!location.hash.startsWith('#/place')) {
    values = null;
  }
}

/** Some fields change which others there are. */
async function change(event) {
  if (!['kind', 'channelSchema', 'template', 'reminder'].includes(event.target.name)) {
    return;
  }
  if (event.target.name === 'template') {
    texts = null;
    values.tokens = {};
    draw();
    texts = values.template ? ((await template(OWNER, values.template))?.texts ?? {}) : null;
  }
  if (event.target.name === 'kind' && !KINDS[values.kind].channels) {
    values.template = '';
  }
  errors.clear(form, summary);
  draw();
}

function showRequest() {
  const request = requestOf(values);
  const text = JSON.stringify(request.body, null, 2);
  const curl = curlOf(request, values.owner, location.origin);
  fill(
    shownJson,
    h('h2', {}, t('request')),
    h('p', {}, h('code', {}, `POST /notifications/api/v1/${request.path}`)),
    copyButton('copy-json', text, t('copyJson'), t('copied')),
    ' ',
    copyButton('copy-curl', curl, t('copyCurl'), t('copied')),
    h('pre', { tabindex: 0, 'aria-label': 'JSON' }, text),
    h('details', { id: 'curl' }, h('summary', {}, 'curl'), h('pre', { tabindex: 0 }, curl)),
  );
}

async function send(event) {
  event.preventDefault();
  try {
    await place();
  } catch (error) {
    say(error.message);
  }
}

async function place() {
  errors.clear(form, summary);
  const request = requestOf(values);
  const answer = await call(values.owner, 'POST', request.path, request.body);
  if (!answer.isOk) {
    errors.show(form, summary, answer, values);
    return;
  }
  say(t('ordered'));
  values = null;
  const { notificationOrderId, orderId } = answer.body;
  location.hash = `#/order/${notificationOrderId ?? `${orderId.slice(0, -2)}00`}/${OWNER}`;
}
