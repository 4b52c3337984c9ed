// Menu of the configured profiles.

import { element } from "../element.js";
import { ask } from "../service.js";
import { t } from "../i18n/translate.js";

const CHOOSE_MS = 60_000;
const NONE = "";

export class Profiles {
  // `onResult(error)`: the camera rejected a profile; `null`: it accepted it.
  constructor(base, onResult) {
    this.base = base;
    this.onResult = onResult;
    this.newest = 0; // the number of the newest choice
    this.select = element("select", { id: "profile", "aria-describedby": "controls-note" });
    this.select.addEventListener("change", () => this.choose(this.select.value));
    this.root = element("label", { class: "profiles", hidden: true }, element("span", { class: "setting-label" }, t("controls.profile")), this.select);
  }

  async read() {
    try {
      this.show((await ask(`${this.base}/profiles`)).body);
    } catch (error) {
      console.info("could not read the profiles:", error.message);
    }
  }

  // The user may choose again before the camera has applied the first choice: the newest one counts.
  async choose(name) {
    const choice = ++this.newest;
    this.select.setAttribute("aria-busy", "true");
    try {
      const body = { name: name === NONE ? null : name };
      const answer = (await ask(`${this.base}/profile`, { method: "PUT", body, withinMs: CHOOSE_MS })).body;
      if (choice !== this.newest) return;
      this.show(answer);
      this.onResult(null);
    } catch (error) {
      if (choice !== this.newest) return;
      this.onResult(error);
      await this.read();
    } finally {
      if (choice === this.newest) this.select.removeAttribute("aria-busy");
    }
  }

  show({ active, profiles }) {
    const names = Object.keys(profiles);
    this.root.hidden = names.length === 0;
    this.select.replaceChildren(
      element("option", { value: NONE }, t("controls.no_profile")),
      ...names.map((name) => element("option", { value: name }, name)),
    );
    this.select.value = active ?? NONE;
  }
}
