// The number over the picture before a photo is taken, as the service counts it: every page shows the same one.

import { element, write } from "../element.js";
import { say } from "../words/words.js";

export class Countdown {
  // `stage`: over which it is shown. `onSecond(left)`: at each new number. `onCancel()`: somebody wants none.
  constructor(stage, { onSecond, onCancel }) {
    this.onSecond = onSecond;
    this.onCancel = onCancel;
    this.left = null;
    this.number = element("p", { class: "countdown-number figure", role: "timer", "aria-live": "polite" });
    this.cancel = element("button", { class: "countdown-cancel", type: "button", onclick: () => onCancel() }, say("capture.cancel"));
    this.panel = element("div", { class: "countdown", hidden: true }, this.number, this.cancel);
    stage.append(this.panel);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.left !== null) onCancel();
    });
  }

  // `sequence`: that of the snapshot, null: none runs.
  update(sequence) {
    const left = sequence?.phase === "countdown" ? sequence.countdown : null;
    if (left === this.left) return;
    this.left = left;
    this.panel.hidden = left === null;
    if (left === null) return;
    write(this.number, String(left));
    // Each number grows from small: the animation starts anew with a new element only.
    this.number.classList.remove("fresh");
    void this.number.offsetWidth;
    this.number.classList.add("fresh");
    this.onSecond(left);
  }
}
