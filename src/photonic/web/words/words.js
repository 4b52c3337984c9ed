// Every text of the pages, in the language of whoever reads it. Tests hold the catalogues against each other.

import de from "./de.js";
import en from "./en.js";

const CATALOGUES = { en, de };

export const language = chosen();

// The text of `key` ("room.thing"), with `facts` where it has their names in braces.
export function say(key, facts = {}) {
  const text = CATALOGUES[language][key];
  if (text === undefined) throw new Error(`there are no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_whole, name) => String(facts[name]));
}

// What the address asks for (?lang=de), else the first of the browser's languages that there is, else English.
function chosen() {
  const asked = new URLSearchParams(location.search).get("lang");
  const wanted = [asked, ...navigator.languages].map((each) => String(each).slice(0, 2).toLowerCase());
  return wanted.find((each) => Object.hasOwn(CATALOGUES, each)) ?? "en";
}

document.documentElement.lang = language;
