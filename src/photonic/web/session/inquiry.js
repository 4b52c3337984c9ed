// Requests to the status route: only the newest one counts, and each has a timeout.

export class Inquiry {
  req = null; // number of the request in flight
  newest = 0; // number of the last request
  sentAt = null;
  unknown = false; // the last request got no answer, which means neither "no" nor "not capturing"
  #requestSeconds;

  constructor(requestSeconds) {
    this.#requestSeconds = requestSeconds;
  }

  get endsAt() {
    return this.req === null ? null : this.sentAt + this.#requestSeconds;
  }

  // Sends a request with this number, and stops waiting for the previous one.
  ask(number, now) {
    this.req = this.newest = number;
    this.sentAt = now;
  }

  // Whether the service answers again after a time without answers.
  answered(req) {
    if (req === this.req) this.req = null;
    const again = this.unknown;
    this.unknown = false;
    return again;
  }

  // Whether it was the request in flight that failed; `unknown`: it gave no information.
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
