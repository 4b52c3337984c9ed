// A pause is believed for as long as the service vouches for it, and no longer.

export class Lease {
  expiresAt = null; // null: there is no pause
  #times;
  #key = null;

  constructor(times) {
    this.#times = times;
  }

  held(now) {
    return this.expiresAt !== null && now < this.expiresAt;
  }

  // `key` names the pause. The same key renews a lease that still runs; once run out, only another key enters again: a
  // service that goes on repeating itself past its own deadline is not believed. `seconds` null: the margin alone.
  grant(key, seconds, now) {
    if (key === this.#key && !this.held(now)) return;
    const given = seconds === null || seconds === undefined || Number.isNaN(seconds) ? 0 : Math.max(0, seconds);
    this.#key = key;
    this.expiresAt = now + Math.min(given, this.#times.leaseLongest) + this.#times.leaseMargin;
  }

  end() {
    this.expiresAt = null;
  }
}
