// Builds elements. Text only ever becomes text: nothing here reads markup.

/** An element with attributes, listeners (`onclick`) and children; a child that is null or false is left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    set(element, name, value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The namespace of SVG, which is a name and no address that anything is fetched from. */
const SVG = ['http:', '', 'www.w3.org', '2000', 'svg'].join('/');

/** The same in SVG. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children.flat());
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) {
    return;
  }
  if (name.startsWith('on')) {
    element.addEventListener(name.slice(2), value);
  } else if (name in element && typeof value === 'boolean') {
    element[name] = value;
  } else if (name === 'value' && 'value' in element) {
    element.value = value;
  } else {
    element.setAttribute(name, value === true ? '' : value);
  }
}

/** Shows a message for a while; a screen reader reads it out. */
export function say(text) {
  const place = document.getElementById('said');
  place.textContent = text;
  clearTimeout(place.timer);
  place.timer = setTimeout(() => {
    place.textContent = '';
  }, SAID_FOR);
}

/** How long what was said stands, in milliseconds. */
const SAID_FOR = 8000;

/** A button. What goes wrong with what it does is said. */
export function button(text, onclick, attributes = {}) {
  const done =
    onclick &&
    (async (event) => {
      try {
        await onclick(event);
      } catch (error) {
        say(error.message);
      }
    });
  return h('button', { type: 'button', onclick: done, ...attributes }, text);
}

/** A table with a caption; cells carry the name of their column for narrow screens. */
export function table(caption, columns, rows, attributes = {}) {
  const head = h(
    'tr',
    {},
    columns.map((column) => h('th', { scope: 'col' }, column)),
  );
  const body = rows.map((cells) =>
    h(
      'tr',
      {},
      cells.map((cell, place) => h('td', { 'data-column': columns[place] }, cell)),
    ),
  );
  return h('table', attributes, h('caption', {}, caption), h('thead', {}, head), h('tbody', {}, body));
}

/** A button that copies a text. */
export function copyButton(id, text, label, done) {
  return button(
    label,
    async () => {
      await navigator.clipboard.writeText(text);
      say(done);
    },
    { class: 'quiet', id },
  );
}
