// The latest photo: a thumbnail in the bar, and for a moment large over the picture.

import { element, write } from "../element.js";
import { t } from "../i18n/translate.js";
import { paint } from "./newest.js";
import { ago } from "./messages.js";

const LARGE_MS = 4000;
const SECOND_MS = 1000;

export class Review {
  // `bar`: parent of the thumbnail; `stage`: the layer for the large one.
  constructor(bar, stage) {
    this.takenAt = null;
    this.closing = null;
    this.small = element("canvas", { id: "review-picture", width: 3, height: 2, role: "img", "aria-label": t("capture.last_photo") });
    this.link = element("a", { id: "review", class: "review", target: "_blank", rel: "noopener", hidden: true }, this.small);
    this.age = element("p", { id: "review-age", class: "review-age figure" });
    bar.append(this.link, this.age);

    this.large = element("canvas", { width: 3, height: 2, "aria-hidden": "true" });
    this.label = element("p", { class: "photo-label figure" });
    const close = element("button", { type: "button", class: "photo-close", onclick: () => this.close() }, t("capture.back_to_live"));
    this.panel = element("div", { class: "photo", role: "group", "aria-label": t("capture.last_photo"), hidden: true }, this.large, this.label, close);
    this.panel.addEventListener("click", () => this.close());
    stage.append(this.panel);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    setInterval(() => this.showAge(), SECOND_MS);
  }

  // `photo`: from `NewestPhoto`. `large`: whether to show it over the picture as well.
  show(photo, large) {
    this.takenAt = photo?.takenAt ?? null;
    this.link.hidden = !photo?.bitmap;
    if (photo?.bitmap) {
      this.link.href = photo.address;
      paint(this.small, photo.bitmap);
      if (large) this.open(photo.bitmap);
      photo.bitmap.close();
    }
    this.showAge();
  }

  open(bitmap) {
    paint(this.large, bitmap);
    this.panel.hidden = false;
    clearTimeout(this.closing);
    this.closing = setTimeout(() => this.close(), LARGE_MS);
  }

  close() {
    clearTimeout(this.closing);
    this.panel.hidden = true;
  }

  showAge() {
    const age = this.takenAt === null ? "" : t("capture.taken", { ago: ago(performance.now() - this.takenAt) });
    write(this.age, age);
    write(this.label, age);
  }
}
