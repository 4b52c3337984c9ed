// The newest lines of the service's log: it follows the end unless the user has scrolled up.

import { element } from "../element.js";
import { t } from "../i18n/translate.js";
import { at } from "./format.js";

const KEPT = 200;
const SEVERE = new Set(["warning", "error", "critical"]);
const END_PIXELS = 8;

export class Log {
  #list;
  #none;
  #run = null; // boot id of the service
  #newest = 0;

  constructor(list, none) {
    this.#list = list;
    this.#none = none;
  }

  // The number of the last known line. Each run of the service counts its lines from 1.
  after(run) {
    if (run !== this.#run) this.#list.replaceChildren();
    this.#newest = run === this.#run ? this.#newest : 0;
    this.#run = run;
    return this.#newest;
  }

  // Appends the response to a request with `after`: the lines, and the number of the newest one.
  take({ lines, newest }) {
    const list = this.#list;
    const follows = list.scrollHeight - list.scrollTop - list.clientHeight < END_PIXELS;
    for (const line of lines) if (line.number > this.#newest) this.#append(line);
    while (list.childElementCount > KEPT) list.firstElementChild.remove();
    this.#newest = newest;
    this.#none.hidden = list.childElementCount > 0;
    if (follows && lines.length > 0) list.scrollTop = list.scrollHeight;
  }

  // A repeated line moves to the end, with its count.
  #append(line) {
    const key = JSON.stringify([line.level, line.logger, line.text]);
    if (line.count > 1) [...this.#list.children].find((shown) => shown.dataset.key === key)?.remove();
    this.#list.append(this.#line(line, key));
  }

  #line({ at: moment, level, logger, text, count }, key) {
    return element(
      "li",
      { "data-level": level, "data-key": key, class: SEVERE.has(level) ? "severe" : false },
      element("span", { class: "log-at" }, at(moment)),
      element("span", { class: "log-level" }, level),
      element("span", { class: "log-text" }, text, element("span", { class: "log-from" }, ` ${logger}`)),
      count > 1 ? element("span", { class: "log-count" }, t("operator.log_count", { count })) : null,
    );
  }
}
