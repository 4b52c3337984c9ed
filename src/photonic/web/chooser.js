// A menu of the service's cameras, hidden if there is only one.

import { rooted } from "./address.js";
import { camera, turnedTo } from "./camera.js";
import { element } from "./element.js";
import { ask } from "./service.js";
import { t } from "./i18n/translate.js";
import { delayAfter, doubling } from "./session/backoff.js";

const AGAIN_MS = doubling(1000, 60_000);

export class Chooser {
  #asked = false;
  #repeats = 0;

  // `all`: the label for all cameras, on a page that can show them together.
  constructor({ all = null } = {}) {
    this.all = all;
    this.select = element("select", { id: "camera-choice", "aria-label": t("cameras.choose"), onchange: () => this.turn() });
    this.root = element("div", { class: "camera-choice", hidden: true }, this.select);
    this.fill();
  }

  // The service may be reachable again.
  update(reachable) {
    if (reachable) this.fill();
  }

  async fill() {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const { cameras } = (await ask(rooted("/api/v1/cameras"))).body;
      this.show(cameras);
      // A camera that was not opened yet has no model, and no name if none is configured.
      if (cameras.length > 1 && cameras.some((each) => each.serial === null)) this.#later();
    } catch (error) {
      this.#asked = false;
      console.info("could not list the cameras:", error.message);
    }
  }

  #later() {
    setTimeout(() => {
      this.#asked = false;
      this.fill();
    }, delayAfter(this.#repeats, AGAIN_MS));
    this.#repeats += 1;
  }

  show(cameras) {
    const asked = (each) => (camera === null ? this.all === null && each.default : [each.id, each.serial].includes(camera));
    // An address without a name means the first camera, whatever its name.
    const options = cameras.map((each) => ({
      value: each.default && this.all === null ? "" : each.id,
      selected: asked(each),
      label: each.camera.model ? `${each.id} · ${each.camera.model}` : each.id,
    }));
    if (this.all !== null) options.unshift({ value: "", selected: camera === null, label: this.all });
    // The address names an unknown camera.
    if (camera !== null && !cameras.some(asked)) options.unshift({ value: camera, selected: true, disabled: true, label: camera });
    this.root.hidden = cameras.length < 2;
    // The menu may be open.
    const key = JSON.stringify(options);
    if (key === this.key) return;
    this.key = key;
    this.select.replaceChildren(...options.map(({ label, ...attributes }) => element("option", attributes, label)));
  }

  turn() {
    location.assign(turnedTo(this.select.value || null));
  }
}
