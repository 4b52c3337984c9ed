// Captures and sequences in progress, each with a button to cancel it. A row remains the same element while its capture
// lasts, so that its button keeps the focus.

import { element, write } from "../element.js";
import { downloadProgress } from "../session/situation.js";
import { t } from "../i18n/translate.js";
import { seconds, state } from "./format.js";

// After these phases, the shutter is open or the photo is being downloaded.
const ENDS = new Set(["queued", "preparing"]);

export class Work {
  #list;
  #none;
  #cancel;
  #rows = new Map();

  // `cancel` receives {kind: "capture" | "sequence", id}, and returns a promise.
  constructor(list, none, cancel) {
    this.#list = list;
    this.#none = none;
    this.#cancel = cancel;
  }

  show({ captures, sequence, download }) {
    const shown = captures.map((one) => ({
      kind: "capture",
      id: one.id,
      text: t("operator.capture", { session: one.session_id, phase: state(one.phase), time: seconds(one.elapsed_seconds) }),
      ends: ENDS.has(one.phase),
    }));
    if (sequence !== null && sequence !== undefined) {
      const { saved, failed, missed, total } = sequence;
      const facts = { session: sequence.session_id, phase: state(sequence.phase), done: saved + failed + missed, total, failed, missed };
      shown.unshift({ kind: "sequence", id: sequence.id, text: t("operator.sequence", facts), ends: sequence.phase !== "stopping" });
    }
    // It has no id of its own, cannot be cancelled, and there is only one at a time.
    if (download !== null && download !== undefined) {
      const text = t("operator.download", { name: download.name, progress: downloadProgress(download) });
      shown.push({ kind: "download", id: "download", text, ends: false });
    }
    const ids = new Set(shown.map((one) => one.id));
    for (const [id, row] of this.#rows) {
      if (!ids.has(id)) {
        row.line.remove();
        this.#rows.delete(id);
      }
    }
    for (const one of shown) this.#put(one);
    this.#none.hidden = shown.length > 0;
  }

  #put({ kind, id, text, ends }) {
    if (!this.#rows.has(id)) {
      const label = element("span", { class: "work-text" });
      const button = element("button", { type: "button", onclick: () => this.#end(kind, id) }, t("operator.cancel"));
      const line = element("li", {}, label, button);
      this.#rows.set(id, { line, label, button });
      this.#list.append(line);
    }
    const row = this.#rows.get(id);
    write(row.label, text);
    row.button.setAttribute("aria-label", t("operator.cancel_what", { what: text }));
    row.button.hidden = kind === "download";
    row.button.disabled = !ends || row.asked === true;
  }

  async #end(kind, id) {
    const row = this.#rows.get(id);
    row.asked = true;
    row.button.disabled = true;
    await this.#cancel({ kind, id });
    row.asked = false;
  }
}
