// The countdown over the picture, before a photo or while the shutter is held open. The service counts, so that every
// page shows the same number.

import { element, write } from "../element.js";
import { t } from "../i18n/translate.js";
import { span } from "./messages.js";

export class Countdown {
  // `stage`: the layer over the picture. `onSecond(left)`: at each new number. `onCancel()`: the user cancels.
  constructor(stage, { onSecond, onCancel }) {
    this.onSecond = onSecond;
    this.onCancel = onCancel;
    this.left = null;
    this.number = element("p", { class: "countdown-number figure", role: "timer", "aria-live": "polite" });
    this.cancel = element("button", { class: "countdown-cancel", type: "button", onclick: () => onCancel() }, t("capture.cancel"));
    this.panel = element("div", { class: "countdown", hidden: true }, this.number, this.cancel);
    stage.append(this.panel);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.left !== null) onCancel();
    });
  }

  // `left`: whole seconds; null: no countdown. `open`: to the end of an exposure, not to its start.
  update(left, open) {
    if (left === this.left) return;
    this.left = left;
    this.panel.hidden = left === null;
    this.panel.dataset.open = String(open);
    if (left === null) return;
    write(this.number, open ? span(left) : String(left));
    write(this.cancel, t(open ? "capture.close_now" : "capture.cancel"));
    if (open) return;
    // Each number grows from small: removing the class and forcing a layout restarts the animation.
    this.number.classList.remove("fresh");
    void this.number.offsetWidth;
    this.number.classList.add("fresh");
    this.onSecond(left);
  }
}
