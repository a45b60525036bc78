// The frame of the page: which view is shown, the clock, the language, and word of changes.

import { isLocal, isSignedIn, look, signIn } from './api.js';
import { button, fill, h, say } from './dom.js';
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
  addEventListener('hashchange', show);
  frame();
  await show();
  if (local) {
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

async function show() {
  const [name, ...rest] = asked();
  if (!(await isLocal()) && !isSignedIn()) {
    return signInForm();
  }
  if (name === 'story') {
    return story.play();
  }
  const view = name === 'order' ? order : views[name] ?? orders;
  const isFirst = shown === null;
  const isNew = shown?.place !== location.hash;
  shown?.view.close?.();
  shown = { view, place: location.hash };
  mark();
  fill(main, h('p', { class: 'waits' }, t('loading')));
  try {
    const title = await view.open(main, rest);
    document.title = `${title} · Varsling`;
    if (isNew && !isFirst) {
      main.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  } catch (error) {
    fill(main, h('h1', {}, t('failed')), h('p', { role: 'alert' }, error.message));
  }
}

async function changed(seen, last) {
  if (!last || seen.moves !== last.moves) {
    const { now, speed } = await look('clock');
    clock = { now: Date.parse(now), speed, read: performance.now() };
    tick();
  }
  if (last) {
    await shown?.view.changed?.(seen, last);
    story.changed();
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

function signInForm() {
  const field = h('textarea', { id: 'token', rows: 5, autocomplete: 'off', spellcheck: 'false', required: true });
  const form = h('form', { class: 'narrow' }, h('h1', {}, t('signIn')), h('p', {}, t('signInWhy')),
    h('label', { for: 'token' }, t('token')), field, button(t('signIn'), null, { type: 'submit', class: 'main' }));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    signIn(field.value.trim());
    say(t('signedIn'));
    show();
  });
  fill(main, form);
}

start();
