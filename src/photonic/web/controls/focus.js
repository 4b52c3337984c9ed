// The lens: autofocus, and small, medium and large steps nearer or farther.

import { element } from "../element.js";
import { ask } from "../service.js";
import { t } from "../i18n/translate.js";

const FOCUS_MS = 30_000;
const NUDGES = [
  ["near", 3, "⋘"],
  ["near", 2, "≪"],
  ["near", 1, "<"],
  ["far", 1, ">"],
  ["far", 2, "≫"],
  ["far", 3, "⋙"],
];

export class Focus {
  // `onResult(error)`: the action failed; `null`: it succeeded.
  constructor(base, onResult) {
    this.base = base;
    this.onResult = onResult;
    this.busy = false;
    this.turn = Promise.resolve();
    const [near, far] = [NUDGES.slice(0, 3), NUDGES.slice(3)].map((nudges) => nudges.map((nudge) => this.nudge(...nudge)));
    this.auto = element("button", { id: "focus-auto", type: "button", class: "focus-auto", onclick: () => this.find() }, t("controls.autofocus"));
    this.ends = ["near", "far"].map((end) => element("span", { class: "focus-end", "aria-hidden": "true" }, t(`controls.${end}`)));
    this.steps = [...near, ...far, ...this.ends];
    this.root = element(
      "div",
      { class: "focus", role: "group", "aria-label": t("controls.focus") },
      ...near,
      this.auto,
      ...far,
      ...this.ends,
    );
  }

  // Shows only what the camera supports.
  allow({ autofocus, lens }) {
    this.auto.hidden = !autofocus;
    for (const step of this.steps) step.hidden = !lens;
    this.root.hidden = !autofocus && !lens;
  }

  nudge(action, size, sign) {
    const name = t(`controls.${action}_${size}`);
    const press = () => this.ask({ action, size });
    return element("button", { type: "button", class: "nudge", "aria-label": name, title: name, onclick: press }, sign);
  }

  async find() {
    if (this.busy) return;
    this.busy = true;
    this.auto.setAttribute("aria-disabled", "true");
    try {
      await this.ask({ action: "auto" });
    } finally {
      this.busy = false;
      this.auto.setAttribute("aria-disabled", "false");
    }
  }

  // One after the other: ten quick presses are ten steps of the lens.
  ask(body) {
    this.turn = this.turn.then(async () => {
      try {
        await ask(`${this.base}/focus`, { method: "POST", body, withinMs: FOCUS_MS });
        this.onResult(null);
      } catch (error) {
        this.onResult(error);
      }
    });
    return this.turn;
  }
}
