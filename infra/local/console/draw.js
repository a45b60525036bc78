// Drawing what changes: never twice at a time, only what is different, and without losing the reader's place.

import { current } from './language.js';

const drawn = new WeakMap();

/** Some work that never runs twice at a time: what is asked for meanwhile is done once more afterwards. */
export function oneAtATime(work) {
  let running = null;
  let isAsked = false;
  return (...given) => {
    isAsked = true;
    running ??= (async () => {
      try {
        while (isAsked) {
          isAsked = false;
          await work(...given);
        }
      } finally {
        running = null;
      }
    })();
    return running;
  };
}

/** Puts children into an element. What had the focus has it afterwards, and what was open is open, by their ids. */
export function fill(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : '';
  const opened = new Set([...element.querySelectorAll('details[open][id]')].map((details) => details.id));
  element.replaceChildren(
    ...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false),
  );
  for (const details of element.querySelectorAll('details[id]')) {
    details.open ||= opened.has(details.id);
  }
  if (focused) {
    element.querySelector(`#${CSS.escape(focused)}`)?.focus({ preventScroll: true });
  }
}

/** The same, unless the element was drawn from equal data before. */
export function refill(element, data, build) {
  const key = `${current()} ${JSON.stringify(data)}`;
  if (drawn.get(element) !== key) {
    drawn.set(element, key);
    fill(element, build(data));
  }
}
