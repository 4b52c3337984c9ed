// One setting: a stepper with the camera's choices, a slider, a switch or a text field. A read-only setting is plain text
// with the reason.

import { element, write } from "../element.js";
import { t } from "../i18n/translate.js";
import { labelOf, valueText } from "./naming.js";

let count = 0;

export class Entry {
  // `setting`: as in GET /settings. `onSet(value)`: the user has chosen another value.
  constructor(setting, onSet) {
    this.onSet = onSet;
    this.id = `setting-${++count}`;
    this.value = null;
    this.label = element("label", { class: "setting-label", for: this.id }, labelOf(setting));
    this.room = element("div", { class: "setting-room" });
    this.note = element("p", { class: "setting-note", id: `${this.id}-note`, role: "status" });
    this.root = element("div", { class: "setting", "data-name": setting.name }, this.label, this.room, this.note);
    this.form = null;
    this.show(setting, undefined);
  }

  // `pending`: the value that is being set, or undefined.
  show(setting, pending) {
    this.setting = setting;
    const form = formOf(setting);
    if (form !== this.form) {
      this.form = form;
      this.room.replaceChildren(...this.make(setting));
    }
    this.root.dataset.pending = String(pending !== undefined);
    this.root.dataset.fixed = String(!setting.writable);
    if (!setting.writable) this.showNote(setting.reason ?? "", "soft");
    else if (this.note.dataset.tone === "soft") this.showNote("");
    this.put(pending === undefined ? setting.value : pending);
  }

  showNote(text, tone = "wrong") {
    this.note.dataset.tone = tone;
    write(this.note, text);
  }

  set(value) {
    this.showNote("");
    this.put(value);
    this.onSet(value);
  }

  make(setting) {
    const named = { id: this.id, "aria-describedby": `${this.id}-note` };
    if (!setting.writable || setting.kind === "date") {
      const fixed = element("output", { class: "setting-fixed", ...named });
      this.put = (value) => write(fixed, valueText(setting.name, value));
      return [fixed];
    }
    return { choice: makeStepper, range: makeSlider, toggle: makeSwitch, text: makeText }[setting.kind](this, setting, named);
  }
}

// When this changes, the entry's parts are rebuilt.
function formOf(setting) {
  if (!setting.writable) return `fixed ${setting.kind}`;
  if (setting.kind === "choice") return `choice ${JSON.stringify(setting.choices)}`;
  return `${setting.kind} ${setting.minimum} ${setting.maximum} ${setting.step}`;
}

function makeStepper(entry, setting, named) {
  const { name, choices } = setting;
  const select = element("select", named, ...choices.map((value) => element("option", { value }, valueText(name, value))));
  const step = (by) => {
    const to = choices[choices.indexOf(select.value) + by];
    if (to !== undefined) entry.set(to);
  };
  const label = labelOf(setting);
  const less = element("button", { type: "button", class: "step", "aria-label": t("controls.previous", { label }), onclick: () => step(-1) }, "‹");
  const more = element("button", { type: "button", class: "step", "aria-label": t("controls.next", { label }), onclick: () => step(1) }, "›");
  select.addEventListener("change", () => entry.set(select.value));
  entry.put = (value) => {
    // The current value may be one that the camera does not offer.
    select.querySelector("option[data-foreign]")?.remove();
    if (!choices.includes(value)) {
      select.prepend(element("option", { value, "data-foreign": true, disabled: true }, valueText(name, value)));
    }
    select.value = value;
    const at = choices.indexOf(value);
    less.setAttribute("aria-disabled", String(at <= 0));
    more.setAttribute("aria-disabled", String(at < 0 || at === choices.length - 1));
  };
  return [element("div", { class: "stepper" }, less, select, more)];
}

function makeSlider(entry, setting, named) {
  const { minimum, maximum, step } = setting;
  const input = element("input", { type: "range", min: minimum, max: maximum, step: step || "any", ...named });
  const figure = element("output", { class: "setting-figure figure" });
  input.addEventListener("input", () => write(figure, input.value));
  input.addEventListener("change", () => entry.set(Number(input.value)));
  entry.put = (value) => {
    if (document.activeElement !== input || entry.root.dataset.pending === "false") input.value = value;
    write(figure, String(value));
  };
  return [element("div", { class: "slider" }, input, figure)];
}

function makeSwitch(entry, _setting, named) {
  const input = element("input", { type: "checkbox", role: "switch", ...named });
  input.addEventListener("change", () => entry.set(input.checked));
  entry.put = (value) => {
    input.checked = value === true;
    input.indeterminate = value === null;
  };
  return [element("div", { class: "switch" }, input)];
}

function makeText(entry, _setting, named) {
  const input = element("input", { type: "text", maxlength: 256, ...named });
  input.addEventListener("change", () => entry.set(input.value));
  entry.put = (value) => {
    if (document.activeElement !== input) input.value = value;
  };
  return [input];
}
