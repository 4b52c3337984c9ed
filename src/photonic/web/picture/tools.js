// View options: rotate, mirror, guides, marks and a histogram, magnify, full screen.

import { element } from "../element.js";
import { fit, turned } from "../picture.js";
import { themeButton } from "../style/theme_button.js";
import { t } from "../i18n/translate.js";
import { BINS } from "./aids.js";
import { looking, quarterTurns } from "./looking.js";
import { Tap } from "./tap.js";

const NAMES = {
  mirror: t("tools.mirror"),
  grid: t("tools.grid"),
  safe: t("tools.safe"),
  histogram: t("tools.histogram"),
  zebra: t("tools.zebra"),
  peaking: t("tools.peaking"),
};

export class Tools {
  // `frame`: the picture with its overlays; `layer`: the part that is magnified. `base`: the camera's routes; `beside`: a
  // further element in the row of buttons.
  constructor({ frame, layer, screen, picture, base, beside }) {
    this.frame = frame;
    this.layer = layer;
    this.picture = picture;
    this.tapping = new Tap(layer, base);
    this.choices = looking;
    this.marks = element("canvas", { class: "marks", "aria-hidden": "true" });
    this.bars = element("canvas", { class: "bars", width: BINS * 2, height: 60, role: "img", "aria-label": t("tools.histogram") });
    layer.append(this.marks, element("div", { class: "guides", "aria-hidden": "true" }));
    this.toggles = Object.keys(NAMES).map((name) => this.toggle(name));
    this.lens = element("button", { type: "button", "aria-pressed": "false", onclick: () => this.magnify(0.5, 0.5) }, t("tools.magnify"));
    this.panel = element(
      "div",
      { id: "tools-panel", class: "tools-panel", role: "group", "aria-label": t("tools.title"), hidden: true },
      ...this.toggles,
      element("button", { type: "button", onclick: () => this.turn() }, t("tools.rotate")),
      this.lens,
      document.fullscreenEnabled && element("button", { type: "button", onclick: () => fill(screen) }, t("tools.fullscreen")),
      themeButton(),
    );
    this.opener = element(
      "button",
      { id: "tools", class: "tools-open", type: "button", "aria-expanded": "false", "aria-controls": "tools-panel", onclick: () => this.open() },
      t("tools.title"),
    );
    const row = element("div", { class: "tools-row" }, this.opener, this.tapping.root, beside);
    frame.append(this.bars, element("div", { class: "tools" }, this.tapping.message, this.panel, row));
    layer.addEventListener("click", (event) => this.tap(event));
    frame.addEventListener("keydown", (event) => event.key === "Escape" && !this.panel.hidden && this.open());
    this.apply();
  }

  toggle(name) {
    const press = () => {
      this.choices.set(name, !this.choices.values[name]);
      this.apply();
    };
    return element("button", { type: "button", "data-choice": name, onclick: press }, NAMES[name]);
  }

  open() {
    this.panel.hidden = !this.panel.hidden;
    this.opener.setAttribute("aria-expanded", String(!this.panel.hidden));
    if (this.panel.hidden) this.opener.focus();
  }

  turn() {
    this.choices.set("turns", (this.choices.values.turns + 1) % 4);
    this.apply();
  }

  apply() {
    const { values } = this.choices;
    const { histogram, zebra, peaking } = values;
    this.picture.aids = { histogram, zebra, peaking };
    this.picture.turns = quarterTurns();
    for (const name of ["mirror", "grid", "safe"]) this.layer.dataset[name] = String(values[name]);
    this.bars.hidden = !histogram;
    this.marks.hidden = !zebra && !peaking;
    for (const button of this.toggles) button.setAttribute("aria-pressed", String(values[button.dataset.choice]));
  }

  // A second tap returns from the magnified picture to the whole one.
  tap(event) {
    // The displayed size, magnified or not.
    const room = this.layer.getBoundingClientRect();
    const share = { x: (event.clientX - room.left) / room.width, y: (event.clientY - room.top) / room.height };
    if (!this.tapping.focuses) return this.magnify(share.x, share.y);
    this.tapping.focus(share, { turns: this.picture.turns, mirror: this.choices.values.mirror });
  }

  magnify(x, y) {
    const magnified = this.layer.dataset.magnified !== "true";
    this.layer.dataset.magnified = String(magnified);
    this.layer.style.transformOrigin = `${x * 100}% ${y * 100}%`;
    this.lens.setAttribute("aria-pressed", String(magnified));
  }

  // Shows the aids' results for the frame just drawn.
  judged({ bins, marks }) {
    if (marks !== null) {
      const across = this.picture.turns % 2 === 1;
      fit(this.marks, across ? marks.height : marks.width, across ? marks.width : marks.height);
      const context = this.marks.getContext("2d");
      context.clearRect(0, 0, this.marks.width, this.marks.height);
      turned(context, marks, this.picture.turns);
    }
    if (bins !== null) draw(this.bars, bins);
  }
}

function draw(canvas, bins) {
  const context = canvas.getContext("2d");
  const highest = Math.max(1, ...bins);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#eceef4";
  for (const [place, count] of bins.entries()) {
    const height = Math.ceil((count / highest) * canvas.height);
    context.fillRect(place * 2, canvas.height - height, 2, height);
  }
}

async function fill(screen) {
  try {
    await (document.fullscreenElement === null ? screen.requestFullscreen() : document.exitFullscreen());
  } catch (error) {
    console.info("full screen is not available:", error.message);
  }
}
