// The frame of the page: which view is shown, the clock, the language, and word of changes.

import { ApiError, isLocal, isSignedIn, look, signIn } from './api.js';
import { button, h, say } from './dom.js';
import { fill } from './draw.js';
import { minute } from './format.js';
import { current, switchLanguage, t } from './language.js';
import { listen, lost } from './live.js';
import * as inside from './inside.js';
import * as messages from './messages.js';
import * as order from './order.js';
import * as orders from './orders.js';
import * as place from './place.js';
import * as story from './story.js';
import * as time from './time.js';

const LOCAL = { orders, messages, place, time, inside };
const DEPLOYED = { orders };

const main = document.getElementById('main');
let views = DEPLOYED;
let shown = null;
let opening = 0;
let clock = { now: Date.now(), speed: 1, read: performance.now() };

async function start() {
  const local = await isLocal();
  views = local ? LOCAL : DEPLOYED;
  document.documentElement.lang = current();
  document.getElementById('language').addEventListener('click', () => {
    switchLanguage();
    frame();
    show();
  });
  // A fragment names a view, so this one must not become the address.
  document.querySelector('.skip').addEventListener('click', (event) => {
    event.preventDefault();
    main.focus();
  });
  addEventListener('hashchange', show);
  frame();
  await show();
  if (local) {
    document.getElementById('clock').hidden = false;
    setInterval(tick, 1000);
    listen((seen, last) => changed(seen, last).catch(lost));
  }
}

/** What stands around the view. */
function frame() {
  document.querySelector('.skip').textContent = t('skip');
  fill(document.getElementById('language'), t('otherLanguage'));
  document.getElementById('language').lang = current() === 'nb' ? 'en' : 'nb';
  const links = Object.keys(views).map((name) => h('a', { href: `#/${name}`, id: `nav-${name}` }, t(`nav-${name}`)));
  fill(document.getElementById('nav'), links);
  mark();
  tick();
}

function mark() {
  const [name] = asked();
  const inNav = name === 'order' ? 'orders' : name;
  for (const link of document.querySelectorAll('#nav a')) {
    if (link.id === `nav-${inNav}`) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
}

function asked() {
  const [name = 'orders', ...rest] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  return [name || 'orders', ...rest];
}

/** Shows the view that the address names. Each is made in a place of its own, so that one that is left while it is made
 * does not come up in another one's. */
async function show() {
  const mine = ++opening;
  const [name, ...rest] = asked();
  if (views === DEPLOYED && !isSignedIn()) {
    return signInForm('');
  }
  if (views === LOCAL && name === 'story') {
    return story.play();
  }
  const view = name === 'order' ? order : (views[name] ?? orders);
  const isFirst = shown === null;
  const isNew = shown?.hash !== location.hash;
  shown?.view.close?.();
  shown = { view, hash: location.hash };
  mark();
  const place = document.createElement('div');
  if (isNew) {
    fill(main, h('p', { class: 'waits' }, t('loading')));
  }
  try {
    const title = await view.open(place, rest);
    if (mine !== opening) {
      return null;
    }
    document.title = `${title} · Varsling`;
    fill(main, place);
  } catch (error) {
    return mine === opening ? refused(error) : null;
  }
  if (isNew && !isFirst) {
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  return null;
}

function refused(error) {
  if (views === DEPLOYED && error instanceof ApiError && error.status === 401) {
    signIn(null);
    return signInForm(error.message);
  }
  return fill(main, h('h1', {}, t('failed')), h('p', { role: 'alert' }, error.message));
}

async function changed(seen, last) {
  if (!last || seen.moves !== last.moves) {
    const { now, speed } = await look('clock');
    clock = { now: Date.parse(now), speed, read: performance.now() };
    tick();
  }
  if (last) {
    story.changed();
    await shown?.view.changed?.(seen, last);
  }
}

function tick() {
  const now = clock.now + (performance.now() - clock.read) * clock.speed;
  const element = document.getElementById('clock');
  const text = `${minute(now)}${clock.speed === 0 ? ` · ${t('still')}` : ''}`;
  if (views === LOCAL && element.textContent !== text) {
    element.textContent = text;
    element.setAttribute('aria-label', `${t('theClock')}: ${text}`);
  }
}

function signInForm(why) {
  const field = h('textarea', { id: 'token', rows: 5, autocomplete: 'off', spellcheck: 'false', required: true });
  const form = h(
    'form',
    { class: 'narrow' },
    h('h1', {}, t('signIn')),
    why && h('p', { role: 'alert', class: 'bad' }, why),
    h('p', {}, t('signInWhy')),
    h('label', { for: 'token' }, t('token')),
    field,
    h('p', {}, button(t('signIn'), null, { type: 'submit', class: 'main' })),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    signIn(field.value.trim());
    shown = null;
    show();
  });
  fill(main, form);
}

start();
