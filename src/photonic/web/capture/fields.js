// The fields of the selected mode: what is entered for a sequence, within the limits.

import { element } from "../element.js";
import { t } from "../i18n/translate.js";
import { fitted, limited, MODES } from "./modes.js";

export class ModeFields {
  constructor() {
    this.element = element("div", { class: "capture-fields", role: "group", "aria-label": t("capture.sequence_options") });
    this.limits = null; // a guest's, null for the operator
  }

  // Shows the fields of a mode, with their defaults.
  show(mode) {
    this.mode = mode;
    const fields = MODES[mode].fields.map((field) => fieldOf(limited(field, this.limits), mode));
    this.element.replaceChildren(...fields.map(({ label }) => label));
    this.read = fields.map(({ field, input }) => [field, input]);
    this.hide(false);
  }

  // Hides the fields, or shows them if the mode has any.
  hide(hidden) {
    this.element.hidden = hidden || this.read.length === 0;
  }

  // The limits are known; null: none. Values that were entered stay, as far as they fit.
  limit(limits) {
    if (JSON.stringify(limits) === JSON.stringify(this.limits)) return;
    this.limits = limits;
    const typed = new Map(this.read.map(([field, input]) => [field.name, input.value]));
    this.show(this.mode);
    for (const [field, input] of this.read) {
      const value = typed.get(field.name);
      if (value !== undefined) input.value = field.kind === "number" ? fitted(field, value) : value;
    }
  }

  // What is entered, by the fields' names; numbers are fitted first.
  get values() {
    return Object.fromEntries(
      this.read.map(([field, input]) => {
        if (field.kind !== "number") return [field.name, input.value];
        input.value = fitted(field, input.value);
        return [field.name, Number(input.value)];
      }),
    );
  }
}

function fieldOf(field, mode) {
  const id = `${mode}-${field.name}`;
  const input =
    field.kind === "number"
      ? element("input", { id, type: "number", inputmode: "numeric", min: field.minimum, max: field.maximum, step: field.step, value: field.value })
      : element("select", { id }, ...field.choices.map((value) => element("option", { value, selected: value === field.value }, textOf(field, value))));
  return { field, input, label: element("label", { class: "capture-field" }, element("span", {}, t(`capture.field_${field.name}`)), input) };
}

function textOf(field, value) {
  return field.kind === "named" ? t(`capture.${field.name}_${value}`) : stops(value);
}

// Formats "-1 0 1" in photographic notation.
function stops(text) {
  return text
    .split(" ")
    .map((stop) => (stop.startsWith("-") ? `−${stop.slice(1)}` : stop === "0" ? "0" : `+${stop}`))
    .join("  ");
}
