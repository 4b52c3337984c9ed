// The operator's PIN on the page: whether it is required, a field to enter it, and a button to lock again.

import { rooted } from "../address.js";
import { element, write } from "../element.js";
import { ask } from "../service.js";
import { t } from "../i18n/translate.js";

const ADDRESS = rooted("/api/v1/operator");

export class Lock {
  // `onChange()`: `open` has changed.
  constructor(onChange) {
    this.onChange = onChange;
    this.limits = null; // limits while locked; null: no limits, or not known yet
    this.open = false; // unknown until the service has answered
    this.pad = new PinPad(() => this.learn({ pin_set: true, unlocked: true }));
    this.again = element("button", { type: "button", class: "lock-again", onclick: () => this.lock() }, t("lock.lock"));
    this.root = element("div", { class: "lock", hidden: true }, this.pad.root, this.again);
  }

  async read() {
    try {
      this.learn((await ask(ADDRESS)).body);
    } catch (error) {
      console.info("could not find out whether a PIN is set:", error.message);
    }
  }

  async lock() {
    try {
      this.learn((await ask(ADDRESS, { method: "DELETE" })).body);
      this.pad.focus();
    } catch (error) {
      console.info("could not lock the controls:", error.message);
    }
  }

  learn({ pin_set: pinSet, unlocked, limits }) {
    this.open = unlocked;
    this.limits = limits ?? null;
    this.root.hidden = !pinSet;
    this.pad.root.hidden = unlocked;
    this.again.hidden = !unlocked;
    this.onChange();
  }
}

// A field for the PIN; `onOpen()` is called when the service accepts it.
export class PinPad {
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.input = element("input", {
      class: "pin",
      type: "password",
      inputmode: "numeric",
      autocomplete: "off",
      pattern: "[0-9]{4,12}",
      minlength: 4,
      maxlength: 12,
      required: true,
      "aria-describedby": "pin-note",
    });
    this.note = element("p", { id: "pin-note", class: "pin-note", role: "status" });
    this.root = element(
      "form",
      { class: "pin-pad" },
      element("label", { class: "pin-label" }, element("span", {}, t("lock.pin")), this.input),
      element("button", { type: "submit" }, t("lock.unlock")),
      this.note,
    );
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.show(this.input.value);
    });
  }

  focus() {
    this.input.focus();
  }

  async show(pin) {
    write(this.note, "");
    try {
      await ask(ADDRESS, { method: "POST", body: { pin } });
      this.onOpen();
    } catch (error) {
      write(this.note, textOf(error));
      this.focus();
    } finally {
      this.input.value = "";
    }
  }
}

function textOf(error) {
  if (error.kind === "pin_wrong") return t("lock.wrong", { count: error.problem.tries_left });
  if (error.kind === "pin_wait") return t("lock.wait", { seconds: error.problem.retry_after_seconds });
  return t(error.kind === "unreachable" ? "lock.unreachable" : "lock.refused");
}
