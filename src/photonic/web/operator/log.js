// The newest lines of the service's log: it follows its end as long as nobody has scrolled up.

import { element } from "../element.js";
import { at } from "./telling.js";

const KEPT = 200;
const GRAVE = new Set(["warning", "error", "critical"]);
const END_PIXELS = 8;

export class Log {
  #list;
  #none;
  #run = null; // of the service
  #newest = 0;

  constructor(list, none) {
    this.#list = list;
    this.#none = none;
  }

  // The number after which lines are missing here. Each run of the service counts its lines from 1.
  after(run) {
    if (run !== this.#run) this.#list.replaceChildren();
    this.#newest = run === this.#run ? this.#newest : 0;
    this.#run = run;
    return this.#newest;
  }

  // The answer to what was asked with `after`: the lines, and the number of the newest one.
  take({ lines, newest }) {
    const list = this.#list;
    const follows = list.scrollHeight - list.scrollTop - list.clientHeight < END_PIXELS;
    for (const line of lines) if (line.number > this.#newest) list.append(this.#line(line));
    while (list.childElementCount > KEPT) list.firstElementChild.remove();
    this.#newest = newest;
    this.#none.hidden = list.childElementCount > 0;
    if (follows && lines.length > 0) list.scrollTop = list.scrollHeight;
  }

  #line({ at: moment, level, logger, text }) {
    return element(
      "li",
      { "data-level": level, class: GRAVE.has(level) ? "grave" : false },
      element("span", { class: "log-at" }, at(moment)),
      element("span", { class: "log-level" }, level),
      element("span", { class: "log-text" }, text, element("span", { class: "log-from" }, ` ${logger}`)),
    );
  }
}
