// The event stream of one camera's status: reconnected while the page is visible, closed while it is hidden.

const SILENT_MS = 4000;
const REDIAL_MS = 2000;
const CHECK_MS = 500;

// `onStatus` receives each snapshot; `onLink` receives "live", or "offline" with the time of the last message.
export class Feed {
  #address;
  #onStatus;
  #onLink;
  #source = null;
  #heardAt = null;
  #lastHeard = -Infinity;
  #dialAt = -Infinity;

  constructor(address, { onStatus, onLink }) {
    this.#address = address;
    this.#onStatus = onStatus;
    this.#onLink = onLink;
    document.addEventListener("visibilitychange", () => this.#check());
    setInterval(() => this.#check(), CHECK_MS);
    this.#check();
  }

  #check() {
    if (document.hidden) {
      this.#close();
      this.#dialAt = -Infinity;
      return;
    }
    // Not the system clock: if it is set back, silence would never be noticed.
    const now = performance.now();
    if (this.#source !== null && now - Math.max(this.#lastHeard, this.#dialAt) > SILENT_MS) this.#close();
    if (this.#source === null && now - this.#dialAt >= REDIAL_MS) this.#dial(now);
    if (now - this.#lastHeard > SILENT_MS) this.#onLink("offline", this.#heardAt);
  }

  #dial(now) {
    this.#dialAt = now;
    const source = new EventSource(this.#address);
    source.addEventListener("status", (event) => {
      this.#lastHeard = performance.now();
      this.#heardAt = Date.now();
      this.#onLink("live", this.#heardAt);
      this.#onStatus(JSON.parse(event.data));
    });
    // Browsers never retry after some responses: reconnect here, at a constant pace.
    source.addEventListener("error", () => {
      if (this.#source !== source) return;
      this.#close();
      this.#onLink("offline", this.#heardAt);
    });
    this.#source = source;
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }
}
