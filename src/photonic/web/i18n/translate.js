// Every text of the pages, in the reader's language. Tests compare the catalogues.

import de from "./de.js";
import en from "./en.js";

const CATALOGUES = { en, de };

export const language = chosen();

// The text for `key` ("room.name"); `{name}` in it is replaced by `values.name`.
export function t(key, values = {}) {
  const text = CATALOGUES[language][key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_whole, name) => String(values[name]));
}

// Whether there is a text for `key`, and `values` has all that it needs.
export function has(key, values = {}) {
  if (!Object.hasOwn(CATALOGUES[language], key)) return false;
  return [...CATALOGUES[language][key].matchAll(/\{(\w+)\}/g)].every(([, name]) => name in values);
}

// A number with one decimal: "1.5", in German "1,5".
export function tenths(number) {
  return number.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

// ?lang=de of the address, else the first supported language of the browser, else English.
function chosen() {
  const requested = new URLSearchParams(location.search).get("lang");
  const wanted = [requested, ...navigator.languages].map((each) => String(each).slice(0, 2).toLowerCase());
  return wanted.find((each) => Object.hasOwn(CATALOGUES, each)) ?? "en";
}

document.documentElement.lang = language;
