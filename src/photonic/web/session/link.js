// The one socket of a session: its phase, its generation, and those that are still closing.

const TRANSITIONS = {
  closed: { dial: "dialing" },
  dialing: { opened: "open", lost: "closed" },
  open: { lost: "closed" },
};

export class Link {
  phase = "closed";
  gen = 0; // of the newest connection attempt, 0 before the first
  since = 0; // when the phase began
  #closeSeconds;
  #closing = new Map();

  constructor(closeSeconds) {
    this.#closeSeconds = closeSeconds;
  }

  // Starts a new generation with this number.
  dial(number, now) {
    this.#move("dial", now);
    this.gen = number;
  }

  // Whether the opened socket is the one being dialed; late events of others change nothing.
  opened(gen, now) {
    if (gen !== this.gen || this.phase !== "dialing") return false;
    this.#move("opened", now);
    return true;
  }

  // Whether the socket that closed was the current one.
  closed(gen, now) {
    if (gen === this.gen && this.phase !== "closed") {
      this.#move("lost", now);
      return true;
    }
    this.#closing.delete(gen);
    return false;
  }

  // Abandons the current socket; returns its generation, which is now closing.
  abandon(now) {
    this.#move("lost", now);
    this.#closing.set(this.gen, now + this.#closeSeconds);
    return this.gen;
  }

  // The earliest time at which another socket may be dialed: at most one more may still be closing.
  freeAt(now) {
    for (const [gen, until] of this.#closing) if (until <= now) this.#closing.delete(gen);
    return this.#closing.size <= 1 ? now : [...this.#closing.values()].sort((a, b) => a - b).at(-2);
  }

  #move(event, now) {
    const phase = TRANSITIONS[this.phase][event];
    if (phase === undefined) throw new Error(`${event} is not allowed while ${this.phase}`);
    this.phase = phase;
    this.since = now;
  }
}
