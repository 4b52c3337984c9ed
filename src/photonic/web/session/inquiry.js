// Questions to the status route: one in flight at a time, each with an end.

export class Inquiry {
  req = null; // the number of the one in flight
  sentAt = null;
  unknown = false; // the last one ended without an answer: not "no", and not "not capturing"
  #requestSeconds;
  #count = 0;

  constructor(requestSeconds) {
    this.#requestSeconds = requestSeconds;
  }

  get endsAt() {
    return this.req === null ? null : this.sentAt + this.#requestSeconds;
  }

  ask(now) {
    this.#count += 1;
    this.req = this.#count;
    this.sentAt = now;
    return this.req;
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
