// Questions to the status route: the newest one counts, and each has an end.

export class Inquiry {
  req = null; // the number of the one in flight
  newest = 0; // the number of the last one asked
  sentAt = null;
  unknown = false; // the last one ended without an answer: not "no", and not "not capturing"
  #requestSeconds;

  constructor(requestSeconds) {
    this.#requestSeconds = requestSeconds;
  }

  get endsAt() {
    return this.req === null ? null : this.sentAt + this.#requestSeconds;
  }

  // A request of this number goes out; one that is still in flight is waited for no longer.
  ask(number, now) {
    this.req = this.newest = number;
    this.sentAt = now;
  }

  // Whether the answer says "reachable again" after a time without answers.
  answered(req) {
    if (req === this.req) this.req = null;
    const again = this.unknown;
    this.unknown = false;
    return again;
  }

  // Whether the one in flight failed; `unknown`: nothing was learnt from it.
  failed(req, unknown) {
    if (req !== this.req) return false;
    this.req = null;
    this.unknown = unknown;
    return true;
  }

  forget() {
    this.req = null;
    this.unknown = false;
  }
}
