// A pause lasts only as long as the service keeps confirming it.

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

  // `key` identifies the pause. The same key renews a running lease; after it has expired, only another key starts a new one:
  // a service that keeps repeating itself past its own deadline is not believed. `seconds` null: only the margin.
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
