// The rooms of the page about access: kept up to date while the page is visible, and only for the operator.

import { Audit } from "./audit.js";
import { LetIn } from "./let_in.js";
import { Links } from "./links.js";
import { SignedIn } from "./signed_in.js";

const EVERY_MS = 3000;
const NOT_FOUND = 404;

export class AccessRooms {
  #rooms;
  #asking = false;
  #allowed = false;

  // `part(id)`: an element of the page; `camera()`: the name of the page's camera.
  constructor(part, camera) {
    const signedIn = new SignedIn(part("sessions"), part("sessions-none"), part("sessions-note"));
    const links = new Links({
      list: part("links"), none: part("links-none"), note: part("links-note"), form: part("link-form"), camera,
    });
    this.#rooms = [signedIn, links, new Audit(part("audit"), part("audit-none"))];
    this.letIn = new LetIn(part("let-in-room"), () => this.refresh());
    setInterval(() => this.refresh(), EVERY_MS);
  }

  // Whether this browser may administer; `byPin`: only for as long as the PIN holds.
  allow(allowed, byPin) {
    this.#allowed = allowed;
    this.letIn.restrict(byPin);
    this.refresh();
  }

  async refresh() {
    if (!this.#allowed || this.#asking || document.hidden) return;
    this.#asking = true;
    try {
      for (const room of this.#rooms) {
        // One that cannot be read must not keep the others from being read; one that does not exist is not asked for again.
        await room.refresh().catch((error) => {
          console.info("could not read:", error.message);
          if (error.status === NOT_FOUND) this.#rooms = this.#rooms.filter((each) => each !== room);
        });
      }
    } finally {
      this.#asking = false;
    }
  }
}
