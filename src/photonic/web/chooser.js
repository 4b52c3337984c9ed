// The way to the service's other cameras: a list to choose from, hidden where there is one camera alone.

import { camera, turnedTo } from "./camera.js";
import { element } from "./element.js";
import { ask } from "./service.js";
import { say } from "./words/words.js";

export class Chooser {
  #asked = false;

  // `all`: the words for all cameras together, on a page that can show them so.
  constructor({ all = null } = {}) {
    this.all = all;
    this.select = element("select", { id: "camera-choice", "aria-label": say("cameras.choose"), onchange: () => this.turn() });
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
      this.show((await ask("/api/v1/cameras")).body.cameras);
    } catch (error) {
      this.#asked = false;
      console.info("which cameras there are is not known:", error.message);
    }
  }

  show(cameras) {
    const asked = (each) => (camera === null ? this.all === null && each.default : [each.id, each.serial].includes(camera));
    const options = cameras.map((each) => {
      const words = each.camera.model ? `${each.id} · ${each.camera.model}` : each.id;
      return element("option", { value: each.id, selected: asked(each) }, words);
    });
    if (this.all !== null) options.unshift(element("option", { value: "", selected: camera === null }, this.all));
    // The address names none of them.
    if (camera !== null && !cameras.some(asked)) options.unshift(element("option", { value: camera, selected: true, disabled: true }, camera));
    this.select.replaceChildren(...options);
    this.root.hidden = cameras.length < 2;
  }

  turn() {
    location.assign(turnedTo(this.select.value || null));
  }
}
