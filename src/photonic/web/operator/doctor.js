// Runs `photonic doctor` on request, and shows its findings.

import { rooted } from "../address.js";
import { element, write } from "../element.js";
import { ask } from "../service.js";
import { errorText } from "../i18n/reasons.js";
import { t } from "../i18n/translate.js";

const WITHIN_MS = 60000;
const OUTCOMES = new Set(["ok", "warning", "failed", "skipped"]);

export class Doctor {
  #sum;
  #list;
  #button;

  constructor(sum, list, button) {
    this.#sum = sum;
    this.#list = list;
    this.#button = button;
    button.addEventListener("click", () => this.#ask());
  }

  async #ask() {
    if (this.#button.getAttribute("aria-disabled") === "true") return;
    // Not `disabled`: keyboard users would lose the focus.
    this.#button.setAttribute("aria-disabled", "true");
    write(this.#sum, t("operator.doctor_running"));
    try {
      this.#show((await ask(rooted("/api/v1/diagnosis/doctor"), { withinMs: WITHIN_MS })).body);
    } catch (error) {
      this.#list.replaceChildren();
      write(this.#sum, t("operator.doctor_failed", { reason: errorText(error, { detailed: true }) }));
    } finally {
      this.#button.setAttribute("aria-disabled", "false");
    }
  }

  #show({ findings, failure }) {
    this.#list.replaceChildren(...findings.map(finding));
    const failed = findings.filter((one) => one.outcome === "failed").length;
    const warned = findings.filter((one) => one.outcome === "warning").length;
    if (failure !== null) write(this.#sum, t("operator.doctor_failed", { reason: failure }));
    else if (failed + warned === 0) write(this.#sum, t("operator.doctor_ok"));
    else write(this.#sum, t("operator.doctor_sum", { failed, warned, count: findings.length }));
  }
}

function finding({ check, outcome, what, why, mend }) {
  const word = OUTCOMES.has(outcome) ? t(`operator.outcome_${outcome}`) : outcome;
  return element(
    "li",
    { "data-outcome": outcome },
    element("span", { class: "outcome" }, word),
    element("strong", {}, check.replaceAll("_", " ")),
    element("span", {}, what),
    why === null ? null : element("span", { class: "why" }, why),
    mend === null ? null : element("code", { class: "mend" }, mend),
  );
}
