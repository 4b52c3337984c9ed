// The event stream of one camera's status: dialed again for as long as the page is seen, and closed while it is hidden.

const SILENT_MS = 4000;
const REDIAL_MS = 2000;
const LOOK_MS = 500;

// `onStatus` gets each snapshot; `onLink` is told "live", or "offline" with the time since which nothing came.
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
    document.addEventListener("visibilitychange", () => this.#look());
    setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  #look() {
    if (document.hidden) {
      this.#close();
      this.#dialAt = -Infinity;
      return;
    }
    // Not the clock on the wall: when that is set back, silence would never end.
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
    // A browser gives up on some answers for good: it is dialed anew here, at one pace.
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
