// "Let a phone in": a QR code that signs in by itself, and a code to type, both for one browser and five minutes.

import { roleText } from "../access/account.js";
import { rooted } from "../address.js";
import { element, write } from "../element.js";
import { ask } from "../service.js";
import { errorText } from "../i18n/reasons.js";
import { t } from "../i18n/translate.js";

const CODES = rooted("/api/v1/access/codes");
const ROLES = ["guest", "viewer", "operator"];
const TICK_MS = 500;
const LOOK_MS = 2000;

export class LetIn {
  #shown = null; // {codes, endsAt}: the codes on the page; null: none
  #ticking;
  #lookedAt = 0;

  // `root`: the element to fill; `onUsed()`: somebody has signed in with a code.
  constructor(root, onUsed) {
    this.onUsed = onUsed;
    this.role = element("select", { id: "let-in-role" }, ...ROLES.map((role) => element("option", { value: role }, roleText(role))));
    this.make = element("button", { type: "button", onclick: () => this.show() }, t("access.show_code"));
    this.note = element("p", { class: "let-in-note", role: "status" });
    this.qr = element("div", { class: "qr", role: "img", "aria-label": t("access.qr") });
    this.code = element("output", { class: "typed-code" });
    this.address = element("span", { class: "typed-address" });
    this.warning = element("p", { class: "reason" });
    this.left = element("span", { class: "figure", role: "timer" });
    this.panel = element(
      "div",
      { class: "let-in", hidden: true },
      this.qr,
      element(
        "div",
        { class: "let-in-text" },
        element("p", {}, t("access.scan")),
        element("p", {}, t("access.or_type"), " ", this.address),
        this.code,
        element("p", { class: "none" }, this.left),
        this.warning,
        element("button", { type: "button", onclick: () => this.cancel() }, t("access.cancel_code")),
      ),
    );
    root.append(
      element("p", { class: "none" }, t("access.let_in_hint")),
      element("div", { class: "fields" }, element("label", { for: "let-in-role" }, t("access.role")), this.role, this.make),
      this.note,
      this.panel,
    );
  }

  // By the PIN, one lets in guests at most.
  restrict(byPin) {
    const operator = this.role.lastElementChild;
    operator.hidden = operator.disabled = byPin;
    if (byPin && this.role.value === operator.value) this.role.value = ROLES[0];
  }

  async show() {
    await this.cancel();
    try {
      const role = this.role.value;
      const [scanned, typed] = await Promise.all([false, true].map((each) => ask(CODES, { method: "POST", body: { role, typed: each } })));
      this.#begin(scanned.body, typed.body);
    } catch (error) {
      write(this.note, t("access.failed", { reason: errorText(error, { detailed: true }) }));
    }
  }

  #begin(scanned, typed) {
    // Markup of the service itself, parsed as a document of its own: nothing in it runs.
    const svg = new DOMParser().parseFromString(scanned.qr, "text/html").querySelector("svg");
    this.qr.replaceChildren(svg);
    write(this.code, typed.code);
    write(this.address, scanned.address.split("#")[0]);
    write(this.warning, scanned.warning ?? "");
    write(this.note, t("access.code_for", { role: roleText(scanned.role) }));
    this.panel.hidden = false;
    this.#shown = {
      codes: [scanned.id, typed.id],
      endsAt: performance.now() + Math.min(scanned.ends_in_seconds, typed.ends_in_seconds) * 1000,
    };
    this.#lookedAt = performance.now();
    this.#tick();
  }

  // Counts down, and notices when one of the codes has been used.
  async #tick() {
    clearTimeout(this.#ticking);
    const shown = this.#shown;
    if (shown === null) return;
    const now = performance.now();
    const seconds = Math.max(0, Math.ceil((shown.endsAt - now) / 1000));
    write(this.left, t("access.time_left", { time: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` }));
    if (seconds === 0) {
      this.#close(t("access.code_over"));
      return;
    }
    if (now - this.#lookedAt > LOOK_MS && !document.hidden) {
      this.#lookedAt = now;
      const used = await this.#isUsed(shown.codes);
      if (this.#shown !== shown) return;
      if (used) {
        await this.cancel();
        write(this.note, t("access.code_used"));
        this.onUsed();
        return;
      }
    }
    this.#ticking = setTimeout(() => this.#tick(), TICK_MS);
  }

  async #isUsed(codes) {
    try {
      const valid = new Set((await ask(CODES)).body.codes.map(({ id }) => id));
      return codes.some((id) => !valid.has(id));
    } catch (error) {
      console.info("could not look for the codes:", error.message);
      return false;
    }
  }

  // Makes the codes on the page void.
  async cancel() {
    const codes = this.#shown?.codes ?? [];
    this.#close("");
    // One of them may have been used, or be over.
    await Promise.allSettled(codes.map((id) => ask(`${CODES}/${encodeURIComponent(id)}`, { method: "DELETE" })));
  }

  #close(text) {
    this.#shown = null;
    this.panel.hidden = true;
    this.qr.replaceChildren();
    write(this.code, "");
    write(this.note, text);
  }
}
