// The operator's PIN on the page: whether it is required, a field to enter it, how long it holds, a button to lock again.
// Without a PIN, the way to the sign-in, if this browser has a smaller role.

import { signInAddress } from "../access/me.js";
import { rooted } from "../address.js";
import { element, write } from "../element.js";
import { ask } from "../service.js";
import { t } from "../i18n/translate.js";

const ADDRESS = rooted("/api/v1/operator");
const TICK_MS = 1000;
const AGAIN_MS = 3000;

export class Lock {
  // `onChange()`: `open` has changed.
  constructor(onChange) {
    this.onChange = onChange;
    this.limits = null; // limits while locked; null: no limits, or not known yet
    this.open = false;
    this.known = false; // whether the service has answered
    this.readAt = -Infinity;
    this.endsAt = null; // when the operator's rights end, on this page's clock; null: not by themselves
    this.pad = new PinPad((answer) => this.learn(answer));
    this.left = element("p", { class: "lock-left figure", role: "timer" });
    this.signIn = element("a", { class: "lock-sign-in" }, t("access.sign_in"));
    this.role = element("p", { class: "lock-role" }, t("lock.role"), " ", this.signIn);
    this.again = element("button", { type: "button", class: "lock-again", onclick: () => this.lock() }, t("lock.lock"));
    this.unlocked = element("div", { class: "lock-open" }, this.left, this.again);
    this.root = element("div", { class: "lock", hidden: true }, this.pad.root, this.role, this.unlocked);
    setInterval(() => this.tick(), TICK_MS);
  }

  // Asks again, at a constant pace, as long as the service has not answered.
  update() {
    if (!this.known && performance.now() - this.readAt > AGAIN_MS) this.read();
  }

  async read() {
    this.readAt = performance.now();
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

  learn({ pin_set: pinSet, unlocked, limits, elevated_seconds: seconds }) {
    this.known = true;
    this.open = unlocked;
    this.limits = limits ?? null;
    this.endsAt = unlocked && typeof seconds === "number" ? performance.now() + seconds * 1000 : null;
    this.root.hidden = unlocked && this.endsAt === null;
    this.pad.root.hidden = unlocked || !pinSet;
    this.role.hidden = unlocked || pinSet;
    this.signIn.href = signInAddress("operator");
    this.unlocked.hidden = this.endsAt === null;
    this.tick();
    this.onChange();
  }

  // The service ends the rights by itself; the page says so in time.
  tick() {
    if (this.endsAt === null) return;
    const seconds = Math.max(0, Math.ceil((this.endsAt - performance.now()) / 1000));
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    write(this.left, t("lock.left", { time }));
    if (seconds > 0) return;
    this.endsAt = null;
    this.read();
  }
}

// A field for the PIN; `onOpen(answer)` is called when the service accepts it.
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
      this.onOpen((await ask(ADDRESS, { method: "POST", body: { pin } })).body);
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
