// Calls the service. On the local system the page has a token for every owner; in a deployment it has the one that was
// given to it, in memory only.

const API = 'notifications/api/v1';
/** Whose orders are placed where nobody says. */
export const OWNER = '226346139';
/** How long a token of the local system is used, in milliseconds: it lives for an hour. */
const USED_FOR = 50 * 60 * 1000;

/** What its tokens let the page do. */
const SCOPES = ['create', 'composedemail.create'].map((what) => `altinn:serviceowner/notifications.${what}`).join(' ');

const tokens = new Map();
let given = null;
let local = null;

/** The service did not answer at all. */
export class Gone extends Error {}

async function ask(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    throw new Gone(error.message);
  }
}

/** Whether this is the local system. */
export async function isLocal() {
  local ??= (await ask('local/clock')).ok;
  return local;
}

/** The token of a deployment; none to sign out. */
export function signIn(token) {
  given = token;
}

/** Whether there is a token. */
export function isSignedIn() {
  return given !== null;
}

async function token(owner) {
  if (given !== null) {
    return given;
  }
  const kept = tokens.get(owner);
  if (kept && Date.now() - kept.at < USED_FOR) {
    return kept.token;
  }
  const answer = await ask(`local/token?${new URLSearchParams({ org: owner, scope: SCOPES })}`);
  const fresh = await answer.text();
  tokens.set(owner, { token: fresh, at: Date.now() });
  return fresh;
}

/** Calls the API as an owner; the status and the body. A local system that was started anew has other keys, so a token that it
 * refuses is fetched once more. */
export async function call(owner, method, path, body) {
  const answer = await callOnce(owner, method, path, body);
  if (answer.status === 401 && given === null) {
    tokens.delete(owner);
    return callOnce(owner, method, path, body);
  }
  return answer;
}

async function callOnce(owner, method, path, body) {
  const headers = { Authorization: `Bearer ${await token(owner)}` };
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  const answer = await ask(`${API}/${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, isOk: answer.ok, body: text ? JSON.parse(text) : null };
}

/** Reads from the API; an error where it does not answer with what was asked for. */
export async function read(owner, path) {
  const answer = await call(owner, 'GET', path);
  if (!answer.isOk) {
    throw new ApiError(answer);
  }
  return answer.body;
}

/** An answer that is an error. */
export class ApiError extends Error {
  constructor({ status, body }) {
    super(body?.detail ?? body?.title ?? `${status}`);
    this.status = status;
    this.body = body;
  }
}

/** Reads from the local system beside the API. */
export async function look(path) {
  const answer = await ask(`local/${path}`);
  if (!answer.ok) {
    throw new Error((await answer.json()).error);
  }
  return answer.json();
}

/** Does something on the local system. */
export async function act(method, path, body) {
  const answer = await ask(`local/${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const answered = await answer.json();
  if (!answer.ok) {
    throw new Error(answered.error);
  }
  return answered;
}
