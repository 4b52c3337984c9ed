// The newest entries of the audit log: who came in, and who changed what.

import { personText } from "../access/account.js";
import { rooted } from "../address.js";
import { element } from "../element.js";
import { ask } from "../service.js";
import { has, t } from "../i18n/translate.js";
import { at } from "./format.js";

const LIMIT = 50;
const AUDIT = rooted(`/api/v1/access/audit?limit=${LIMIT}`);
const FAILED = new Set(["sign_in_failed", "elevation_failed"]);

export class Audit {
  #list;
  #none;
  #newest = null;

  constructor(list, none) {
    this.#list = list;
    this.#none = none;
  }

  async refresh() {
    const { entries } = (await ask(AUDIT)).body;
    const newest = JSON.stringify(entries.at(0) ?? null);
    if (newest === this.#newest) return;
    this.#newest = newest;
    this.#none.hidden = entries.length > 0;
    this.#list.replaceChildren(...entries.map(line));
  }
}

function line({ at: moment, action, who, role, address, what, camera, omitted }) {
  const key = `audit.${action}`;
  const person = who ? personText(who, role ?? "–") : "";
  const facts = [person, address, what, camera, omitted ? t("access.omitted", { count: omitted }) : ""];
  return element(
    "li",
    { class: FAILED.has(action) ? "severe" : false },
    element("span", { class: "log-at" }, at(moment)),
    element("span", { class: "log-text" }, has(key) ? t(key) : action, element("span", { class: "log-from" }, ` ${facts.filter(Boolean).join(" · ")}`)),
  );
}
