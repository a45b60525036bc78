// The texts of the page in Norwegian and English.

import en from './en.js';
import nb from './nb.js';

const TEXTS = { nb, en };
const KEPT = 'varsling-language';

let language = chosen();

function chosen() {
  try {
    return localStorage.getItem(KEPT) === 'en' ? 'en' : 'nb';
  } catch {
    return 'nb';
  }
}

/** The present language. */
export function current() {
  return language;
}

/** Switches to the other language, and keeps it where the browser keeps anything. */
export function switchLanguage() {
  language = language === 'nb' ? 'en' : 'nb';
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
  document.documentElement.lang = language;
}

/** A text of the page; `{name}` stands for what is given. */
export function t(key, values = {}) {
  const text = (values.count === 1 && TEXTS[language][`${key}-1`]) || TEXTS[language][key] || key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** A word of the API as people say it, with or without its channel; the word itself where there is none. */
export function word(code) {
  const { words } = TEXTS[language];
  const [, bare = code] = /^(?:Order|Email|SMS)_(?:Failed_)?(.+)$/.exec(code) ?? [];
  return (
    words[code] ??
    words[bare] ??
    bare.replace(/([a-z])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`)
  );
}
