// Makes the request of an order from what the form holds, and says which field each of its members came from.

import { instant as instantOf } from './format.js';

/** The kinds of orders: where each goes, and which members its recipient has. */
export const KINDS = {
  person: { path: 'future/orders', recipient: 'recipientPerson', number: 'nationalIdentityNumber', channels: true },
  organization: { path: 'future/orders', recipient: 'recipientOrganization', number: 'orgNumber', channels: true },
  email: { path: 'future/orders', recipient: 'recipientEmail', number: 'emailAddress', has: ['email'] },
  sms: { path: 'future/orders', recipient: 'recipientSms', number: 'phoneNumber', has: ['sms'] },
  list: { path: 'orders', has: ['email', 'sms'] },
  composed: { path: 'future/orders/composed-email', has: ['email'] },
  instantEmail: { path: 'future/orders/instant/email', has: ['email'], isInstant: true },
  instantSms: { path: 'future/orders/instant/sms', has: ['sms'], isInstant: true },
};

/** Which texts an order of this kind on this channel needs. */
export function channelsOf(kind, schema) {
  const { has, channels } = KINDS[kind];
  if (!channels && kind !== 'list') {
    return has;
  }
  return { Email: ['email'], Sms: ['sms'] }[schema] ?? ['email', 'sms'];
}

/** The request: its path and its body. */
export function requestOf(form) {
  const { path } = KINDS[form.kind];
  const bodies = { list, composed, instantEmail: instant, instantSms: instant };
  return { path: form.kind === 'list' ? listPath(form) : path, body: compact((bodies[form.kind] ?? single)(form)) };
}

function listPath(form) {
  return { Email: 'orders/email', Sms: 'orders/sms' }[form.channelSchema] ?? 'orders';
}

function single(form) {
  const { recipient } = KINDS[form.kind];
  const reminder = form.reminder &&
    !form.template && { delayDays: Number(form.delayDays), recipient: { [recipient]: recipientOf(form, true) } };
  return {
    ...common(form),
    dialogportenAssociation: form.dialogId && { dialogId: form.dialogId },
    recipient: { [recipient]: recipientOf(form, false) },
    reminders: reminder && [reminder],
  };
}

function common(form) {
  return {
    idempotencyId: form.idempotencyId,
    sendersReference: form.sendersReference,
    requestedSendTime: form.requestedSendTime && instantOf(form.requestedSendTime),
    priority: form.urgent && 'Urgent',
  };
}

function recipientOf(form, isReminder) {
  const { number, channels } = KINDS[form.kind];
  const has = channelsOf(form.kind, form.channelSchema);
  return {
    [number]: form[number],
    channelSchema: channels && form.channelSchema,
    emailSettings: has.includes('email') && !form.template && emailOf(form, isReminder),
    smsSettings: has.includes('sms') &&
      !form.template && { body: isReminder ? form.reminderBody : form.smsBody, sendingTimePolicy: form.smsPolicy },
    template: form.template && { name: form.template, tokens: form.tokens },
  };
}

function emailOf(form, isReminder) {
  const text = isReminder
    ? { subject: form.reminderSubject, body: form.reminderBody }
    : { subject: form.subject, body: form.body };
  return { ...text, contentType: form.html && !isReminder && 'Html', sendingTimePolicy: form.emailPolicy };
}

function list(form) {
  const has = channelsOf(form.kind, form.channelSchema);
  const text = {
    email: { subject: form.subject, body: form.body, contentType: form.html && 'Html' },
    sms: { body: form.smsBody },
  };
  const recipients = form.recipients
    .split(/[\n,;]+/)
    .map((text) => text.trim())
    .filter(Boolean)
    .map(listed);
  const isBoth = has.length === 2;
  return {
    ...common(form),
    ...(isBoth
      ? { notificationChannel: form.channelSchema, emailTemplate: text.email, smsTemplate: text.sms }
      : text[has[0]]),
    recipients,
  };
}

function composed(form) {
  const file = form.sasUrl && { filename: form.filename, mimeType: form.mimeType, sasUrl: form.sasUrl };
  const settings = {
    subject: form.subject,
    body: form.body,
    contentType: form.html && 'Html',
    sendingTimePolicy: form.emailPolicy,
    attachments: file && [file],
  };
  return { ...common(form), recipient: { emailAddress: form.emailAddress, emailSettings: settings } };
}

function listed(text) {
  if (text.includes('@')) {
    return { emailAddress: text };
  }
  if (/^\d{11}$/.test(text)) {
    return { nationalIdentityNumber: text };
  }
  return /^\d{9}$/.test(text) ? { organizationNumber: text } : { mobileNumber: text };
}

function instant(form) {
  const isSms = form.kind === 'instantSms';
  const recipient = isSms
    ? {
        recipientSms: { phoneNumber: form.phoneNumber, timeToLiveInSeconds: 3600, smsSettings: { body: form.smsBody } },
      }
    : {
        recipientEmail: {
          emailAddress: form.emailAddress,
          emailSettings: { subject: form.subject, body: form.body, contentType: form.html && 'Html' },
        },
      };
  return { idempotencyId: form.idempotencyId, sendersReference: form.sendersReference, ...recipient };
}

/** Without members that say nothing. */
function compact(value) {
  if (Array.isArray(value)) {
    return value.map(compact);
  }
  if (value === null || typeof value !== 'object') {
    return value;
  }
  const kept = Object.entries(value).filter(
    ([, member]) => member !== undefined && member !== '' && member !== false && member !== null,
  );
  return Object.fromEntries(kept.map(([name, member]) => [name, compact(member)]));
}

/** Where each member of a request is in the form, by how its path ends; the first one that fits counts. */
const FIELDS = [
  [/^recipients\b/, 'recipients'],
  [/tokens/, 'tokens'],
  [/^priority$/, 'urgent'],
  [/filename$/, 'filename'],
  [/mimetype$/, 'mimeType'],
  [/sasurl$|attachments/, 'sasUrl'],
  [/^idempotencyid$/, 'idempotencyId'],
  [/^sendersreference$/, 'sendersReference'],
  [/^requestedsendtime$/, 'requestedSendTime'],
  [/^dialogportenassociation/, 'dialogId'],
  [/^reminders.*delaydays$/, 'delayDays'],
  [/^reminders.*subject$/, 'reminderSubject'],
  [/^reminders.*body$/, 'reminderBody'],
  [/nationalidentitynumber$/, 'nationalIdentityNumber'],
  [/orgnumber$/, 'orgNumber'],
  [/emailaddress$/, 'emailAddress'],
  [/phonenumber$/, 'phoneNumber'],
  [/channelschema$|notificationchannel$/, 'channelSchema'],
  [/subject$/, 'subject'],
  [/sms(settings|template)\.body$/, 'smsBody'],
  [/(email(settings|template)\.)body$/, 'body'],
  [/^body$/, 'body'],
  [/template/, 'template'],
];

/** The field that a fault is of, by the path that the answer gives; none where the form has none. */
export function fieldOf(path, form) {
  const field = FIELDS.find(([pattern]) => pattern.test(path.toLowerCase()))?.[1];
  return field === 'body' && channelsOf(form.kind, form.channelSchema)[0] === 'sms' ? 'smsBody' : field;
}

/** What a token has to say where e-mails with files are ordered. */
const COMPOSED = 'altinn:serviceowner/notifications.composedemail.create';

/** The request as a command. */
export function curlOf({ path, body }, owner, url) {
  const json = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
  const scope = path.endsWith('composed-email') ? `&scope=${COMPOSED}` : '';
  return `TOKEN=$(curl -s '${url}/local/token?org=${owner}${scope}')\ncurl -s ${url}/notifications/api/v1/${path} -H "Authorization: Bearer $TOKEN" \\\n  -H 'Content-Type: application/json' -d '${json}'`;
}
