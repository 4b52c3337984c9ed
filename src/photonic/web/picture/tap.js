// A tap on the picture: magnifies that point, or makes the camera focus on it if it can.

import { Choices } from "../capture/choices.js";
import { refusal } from "../controls/refusal.js";
import { element, write } from "../element.js";
import { ask } from "../service.js";
import { t } from "../i18n/translate.js";
import { lookAt, placeOf } from "./place.js";

const FOCUS_MS = 30_000;
const SHOWN_MS = 4000;

export class Tap {
  // `layer`: parent of the focus ring. `base`: the camera's routes.
  constructor(layer, base) {
    this.base = base;
    this.able = null;
    this.pixels = null; // of the camera's largest photo; unknown until there is one
    this.busy = false;
    this.hiding = null;
    this.layer = layer;
    this.choices = new Choices("photonic.tap", { tap: "look" });
    this.ring = element("div", { class: "focus-ring", "aria-hidden": "true", hidden: true });
    layer.append(this.ring);
    this.message = element("p", { id: "tap-message", class: "tap-message", role: "status" });
    this.buttons = ["look", "focus"].map((action) =>
      element("button", { type: "button", "data-tap": action, onclick: () => this.choose(action) }, t(`tools.tap_${action}`)),
    );
    const name = element("span", { class: "tap-name", "aria-hidden": "true" }, t("tools.tap_short"));
    this.root = element("div", { id: "tap", class: "tap", role: "group", "aria-label": t("tools.tap"), hidden: true }, name, ...this.buttons);
    this.apply();
  }

  get focuses() {
    return !this.root.hidden && this.choices.values.tap === "focus";
  }

  // `able`: from controls/abilities.js.
  allow(able) {
    this.able = able;
    this.apply();
  }

  // The dimensions of the newest photo, [width, height].
  measured(pixels) {
    if (this.pixels !== null && this.pixels[0] >= pixels[0]) return;
    this.pixels = pixels;
    this.apply();
  }

  choose(action) {
    this.choices.set("tap", action);
    this.apply();
  }

  apply() {
    const able = this.able?.autofocus && (this.able.focusPoint || this.able.position);
    this.root.hidden = !able || this.pixels === null;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String((button.dataset.tap === "focus") === this.focuses));
    this.layer.dataset.tap = this.focuses ? "focus" : "look";
  }

  // `share`: {x, y} of the layer; `seen`: the view options for `placeOf`.
  async focus(share, seen) {
    if (this.busy) return;
    this.busy = true;
    this.ring.style.left = `${share.x * 100}%`;
    this.ring.style.top = `${share.y * 100}%`;
    this.show("busy", t("tools.focusing"));
    try {
      const body = lookAt(placeOf(share, seen), this.pixels, this.able);
      await ask(`${this.base}/liveview/look`, { method: "POST", body });
      await ask(`${this.base}/focus`, { method: "POST", body: { action: "auto" }, withinMs: FOCUS_MS });
      this.show("good", t("tools.focused"));
    } catch (error) {
      this.show("wrong", refusal(error));
    } finally {
      this.busy = false;
      this.hiding = setTimeout(() => this.hide(), SHOWN_MS);
    }
  }

  show(state, text) {
    clearTimeout(this.hiding);
    this.ring.hidden = false;
    this.ring.dataset.state = state;
    this.message.dataset.tone = state;
    write(this.message, text);
  }

  hide() {
    this.ring.hidden = true;
    write(this.message, "");
  }
}
