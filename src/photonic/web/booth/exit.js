// The operator's exit from the booth: with the PIN, which the service checks. If no PIN is set, a second press is enough.

import { rooted } from "../address.js";
import { PinPad } from "../controls/lock.js";
import { element } from "../element.js";
import { ask } from "../service.js";
import { t } from "../i18n/translate.js";

const ADDRESS = rooted("/api/v1/operator");
const FORGOTTEN_MS = 30_000;

export class Exit {
  // `dialog`: the element to fill; `button`: opens it; `to`: the page to go to. The booth starts locked.
  constructor(dialog, button, to) {
    this.dialog = dialog;
    this.to = to;
    this.pad = new PinPad(() => this.leave());
    this.plain = element("button", { type: "button", class: "exit-leave", onclick: () => this.leave() }, t("booth.leave"));
    this.note = element("p", { class: "exit-note", role: "status" });
    dialog.setAttribute("aria-label", t("booth.operator"));
    dialog.append(
      element("h2", {}, t("booth.operator")),
      this.note,
      this.pad.root,
      this.plain,
      element("button", { type: "button", class: "exit-back", onclick: () => dialog.close() }, t("booth.back")),
    );
    button.addEventListener("click", () => this.open());
    this.lock();
  }

  async open() {
    this.pad.root.hidden = this.plain.hidden = true;
    this.note.textContent = "";
    this.dialog.showModal();
    // If the operator walks away, the booth returns to the guests.
    clearTimeout(this.closing);
    this.closing = setTimeout(() => this.dialog.close(), FORGOTTEN_MS);
    try {
      const { pin_set: pinSet } = (await ask(ADDRESS)).body;
      this.pad.root.hidden = !pinSet;
      this.plain.hidden = pinSet;
      if (pinSet) this.pad.focus();
      else this.note.textContent = t("booth.no_pin");
    } catch (error) {
      this.note.textContent = t("lock.unreachable");
      console.info("could not find out whether a PIN is set:", error.message);
    }
  }

  leave() {
    location.assign(this.to);
  }

  async lock() {
    try {
      await ask(ADDRESS, { method: "DELETE" });
    } catch (error) {
      console.info("could not lock the page:", error.message);
    }
  }
}
