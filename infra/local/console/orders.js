// The list of orders: newest first, found by owner, state, id and reference. New ones appear by themselves.

import { ApiError, call, isLocal, look, read } from './api.js';
import { button, h, say, table } from './dom.js';
import { fill, oneAtATime, refill } from './draw.js';
import { count, timeOf } from './format.js';
import { t, word } from './language.js';

/** How many orders are shown at first, and come with each further page; the most that are asked for at once. */
const PAGE = 50;
const MOST = 500;
const STATES = ['Waiting', 'UnderWay', 'Over'];

let asked = { owner: '', state: '', text: '' };
let loaded = PAGE;
let results = null;
let owners = new Map();

/** Shows the list. */
export async function open(main) {
  loaded = PAGE;
  results = h('div', {});
  const local = await isLocal();
  fill(main, h('h1', {}, t('nav-orders')), local ? await filters() : search(), results);
  await (local ? refresh() : latest());
  return t('nav-orders');
}

/** Something has changed. */
export async function changed(seen, last) {
  if (results?.isConnected && seen.orders !== last.orders) {
    await refresh();
  }
}

async function filters() {
  const { organizations } = await look('people');
  owners = new Map(organizations.map((one) => [one.organizationNumber, one.name]));
  const again = async () => {
    loaded = PAGE;
    say(t('found', { count: count(await refresh()) }));
  };
  const text = h('input', {
    id: 'text',
    type: 'search',
    value: asked.text,
    placeholder: t('searchHint'),
    oninput: (event) => {
      asked.text = event.target.value.trim();
      again();
    },
  });
  return h(
    'form',
    { class: 'filters', role: 'search', onsubmit: (event) => event.preventDefault() },
    h('div', {}, h('label', { for: 'text' }, t('search')), text),
    h(
      'div',
      {},
      h('label', { for: 'state' }, t('state')),
      select(
        'state',
        STATES.map((state) => [state, word(state)]),
        again,
      ),
    ),
    h('div', {}, h('label', { for: 'owner' }, t('owner')), select('owner', [...owners], again)),
  );
}

function select(name, choices, again) {
  const options = [['', t('all')], ...choices].map(([value, text]) =>
    h('option', { value, selected: value === asked[name] }, text),
  );
  return h(
    'select',
    {
      id: name,
      onchange: (event) => {
        asked[name] = event.target.value;
        again();
      },
    },
    options,
  );
}

let fitting = 0;
const draw = oneAtATime(async () => {
  const { orders, count: all } = await pages();
  fitting = all;
  const isNarrowed = Object.values(asked).some(Boolean);
  refill(results, { orders, all, isNarrowed }, () =>
    orders.length === 0
      ? empty(isNarrowed)
      : [
          list(orders, t('ordersOf', { shown: count(orders.length), all: count(all) })),
          orders.length < all &&
            button(
              t('more'),
              () => {
                loaded += PAGE;
                return refresh();
              },
              { id: 'more' },
            ),
        ],
  );
});

/** Draws the list anew; how many orders fit. */
async function refresh() {
  await draw();
  return fitting;
}

/** As many orders as were asked for so far, page by page. */
async function pages() {
  let all = [];
  for (;;) {
    const wanted = new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
    wanted.set('limit', Math.min(loaded - all.length, MOST));
    if (all.length > 0) {
      wanted.set('after', all.at(-1).notificationOrderId);
    }
    const page = await look(`orders?${wanted}`);
    all = [...all, ...page.orders];
    if (all.length >= loaded || !page.hasMore) {
      return { orders: all, count: page.count };
    }
  }
}

function empty(isNarrowed) {
  const begin = [
    h('a', { href: '#/place', class: 'main-link', id: 'first-order' }, t('nav-place')),
    ' ',
    h('a', { href: '#/story', id: 'play-story' }, t('playStory')),
  ];
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, t(isNarrowed ? 'noneFits' : 'noOrders')),
    !isNarrowed && h('p', {}, begin),
  );
}

function list(orders, caption) {
  const columns = ['reference', 'state', 'acceptedAt', 'owner', 'recipients'].map((key) => t(key));
  const rows = orders.map((order) => [
    h(
      'a',
      { id: `order-${order.notificationOrderId}`, href: `#/order/${order.notificationOrderId}/${order.owner}` },
      order.sendersReference ?? order.notificationOrderId.slice(0, 8),
    ),
    [
      h('span', { class: `chip ${order.state}` }, word(order.state)),
      ' ',
      h('span', { class: 'faint' }, word(order.status)),
    ],
    timeOf(order.acceptedAt),
    owners.get(order.owner) ?? order.owner,
    [
      order.listed ? t('listOf', { count: count(order.listed) }) : t('one'),
      order.reminders ? ` + ${t('reminders', { count: order.reminders })}` : '',
    ],
  ]);
  return table(caption, columns, rows, { class: 'list' });
}

// In a deployment: what has come to its end lately, and any order by its id or reference.

function search() {
  const field = h('input', { id: 'text', type: 'search', placeholder: t('searchHint') });
  return h(
    'form',
    {
      class: 'filters',
      role: 'search',
      onsubmit: (event) => {
        event.preventDefault();
        find(field.value.trim()).catch((error) => say(error.message));
      },
    },
    h('div', {}, h('label', { for: 'text' }, t('search')), field),
    button(t('search'), null, { type: 'submit' }),
  );
}

async function find(text) {
  if (!text) {
    return latest();
  }
  const byId = /^[0-9a-f-]{36}$/i.test(text) ? await call(null, 'GET', `future/orders/${text}`) : null;
  if (byId?.isOk) {
    location.hash = `#/order/${byId.body.notificationOrderId}/-`;
    return null;
  }
  const answer = await call(null, 'GET', `future/orders?sendersReference=${encodeURIComponent(text)}`);
  if (!answer.isOk) {
    throw new ApiError(answer);
  }
  const found = answer.body.orders;
  say(t('found', { count: found.length }));
  const rows = found.map((order) => [
    link(order.notificationOrderId, order.shipments[0].sendersReference),
    word(order.shipments[0].status),
    timeOf(order.acceptedAt),
  ]);
  return fill(
    results,
    rows.length
      ? table(t('found', { count: rows.length }), [t('reference'), t('state'), t('acceptedAt')], rows, {
          class: 'list',
        })
      : h('p', { class: 'empty' }, t('noneFits')),
  );
}

function link(id, reference) {
  return h('a', { href: `#/order/${id}/-` }, reference ?? id.slice(0, 8));
}

async function latest() {
  const entries = await read(null, 'future/shipment/feed?orderBy=desc&pageSize=50');
  const rows = entries.map((entry) => [
    link(`${entry.shipmentId.slice(0, -2)}00`, entry.sendersReference),
    word(entry.status),
    timeOf(entry.lastUpdate),
  ]);
  fill(
    results,
    rows.length
      ? table(t('latest'), [t('reference'), t('state'), t('lastUpdate')], rows, { class: 'list' })
      : h('p', { class: 'empty' }, t('noneEnded')),
  );
}
