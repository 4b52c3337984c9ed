// The way to the service's other cameras: a list to choose from, hidden where there is one camera alone.

import { camera, turnedTo } from "./camera.js";
import { element } from "./element.js";
import { ask } from "./service.js";
import { t } from "./i18n/translate.js";

const AGAIN_MS = 1000;
const LONGEST_MS = 60_000;

export class Chooser {
  #asked = false;
  #againMs = AGAIN_MS;

  // `all`: the words for all cameras together, on a page that can show them so.
  constructor({ all = null } = {}) {
    this.all = all;
    this.select = element("select", { id: "camera-choice", "aria-label": t("cameras.choose"), onchange: () => this.turn() });
    this.root = element("div", { class: "camera-choice", hidden: true }, this.select);
    this.fill();
  }

  // The service can be asked again.
  update(reachable) {
    if (reachable) this.fill();
  }

  async fill() {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const { cameras } = (await ask("/api/v1/cameras")).body;
      this.show(cameras);
      // One that was not opened yet has no model, and an unnamed one no name.
      if (cameras.length > 1 && cameras.some((each) => each.serial === null)) this.#later();
    } catch (error) {
      this.#asked = false;
      console.info("which cameras there are is not known:", error.message);
    }
  }

  #later() {
    setTimeout(() => {
      this.#asked = false;
      this.fill();
    }, this.#againMs);
    this.#againMs = Math.min(this.#againMs * 2, LONGEST_MS);
  }

  show(cameras) {
    const asked = (each) => (camera === null ? this.all === null && each.default : [each.id, each.serial].includes(camera));
    // The first one is what an address without a name is about, whatever it is called.
    const options = cameras.map((each) => ({
      value: each.default && this.all === null ? "" : each.id,
      selected: asked(each),
      words: each.camera.model ? `${each.id} · ${each.camera.model}` : each.id,
    }));
    if (this.all !== null) options.unshift({ value: "", selected: camera === null, words: this.all });
    // The address names none of them.
    if (camera !== null && !cameras.some(asked)) options.unshift({ value: camera, selected: true, disabled: true, words: camera });
    this.root.hidden = cameras.length < 2;
    // Somebody may have the list open.
    const told = JSON.stringify(options);
    if (told === this.told) return;
    this.told = told;
    this.select.replaceChildren(...options.map(({ words, ...attributes }) => element("option", attributes, words)));
  }

  turn() {
    location.assign(turnedTo(this.select.value || null));
  }
}
