// What one socket has brought so far, and when its silence becomes suspicious. Lives as long as its socket.

const GAP_WINDOW_SECONDS = 10;

export class Reception {
  bootId = null; // the run of the service at the other end; null as long as it sent no snapshot
  namedAt; // when that run was first named
  namedAfter = 0; // the last number that had been given out by then
  freshAt = null; // when the last frame that still stands for live view was shown
  dueSince; // from when on a frame is waited for
  #times;
  #openedAt;
  #heardAt = null;
  #wordedAt;
  #slowestGap = 0;
  #slowestGapBefore = 0;
  #windowEnds;
  #newestSeq = null;
  #flowingSince = null;

  constructor(times, now) {
    this.#times = times;
    this.#openedAt = this.#wordedAt = this.namedAt = this.dueSince = now;
    this.#windowEnds = now + GAP_WINDOW_SECONDS;
  }

  // Whether anything at all has come.
  get heard() {
    return this.#heardAt !== null;
  }

  // Something came, of whatever worth.
  message(now) {
    if (this.#heardAt !== null) {
      if (now >= this.#windowEnds) {
        this.#slowestGapBefore = this.#slowestGap;
        this.#slowestGap = 0;
        this.#windowEnds = now + GAP_WINDOW_SECONDS;
      }
      this.#slowestGap = Math.max(this.#slowestGap, now - this.#heardAt);
    }
    this.#heardAt = now;
  }

  // A snapshot of this run of the service has come.
  named(bootId, newestSent, now) {
    this.#wordedAt = now;
    if (bootId === this.bootId) return;
    this.bootId = bootId;
    this.namedAfter = newestSent;
    this.namedAt = now;
  }

  // Whether a valid frame is newer than every one shown on this socket, and so to be shown.
  frame(seq, now) {
    if (this.#newestSeq !== null && seq <= this.#newestSeq) return false;
    this.#newestSeq = seq;
    if (this.#flowingSince === null || !this.flowing(now)) this.#flowingSince = now;
    this.freshAt = this.dueSince = now;
    return true;
  }

  // Whether frames have flowed for long enough to call the connection good.
  steady(now) {
    return this.#flowingSince !== null && now - this.#flowingSince >= this.#times.steady;
  }

  flowing(now) {
    return this.freshAt !== null && now < this.freshAt + this.#times.frame;
  }

  // What was shown no longer stands for live view (a pause, an absent camera, or too long ago).
  interrupt() {
    this.freshAt = this.#flowingSince = null;
  }

  // When silence means that the socket is dead. Before the first message, the time that a service may take for it. One
  // that sends frames but never a snapshot has no heartbeat: only its frames can be waited for (null).
  get silentAt() {
    if (this.#heardAt === null) return this.#openedAt + this.#times.firstMessage;
    return this.bootId === null ? null : this.#heardAt + this.heartbeat;
  }

  // When what the socket has said of the service is too old, though frames may still come.
  get wordedUntil() {
    return this.#wordedAt + this.heartbeat + this.#times.unknownPoll;
  }

  // How long this socket may be silent: three times the slowest of its recent gaps, within bounds.
  get heartbeat() {
    const gap = Math.max(this.#slowestGap, this.#slowestGapBefore);
    const patience = Math.max(this.#times.heartbeatShortest, this.#times.heartbeatGaps * gap);
    return Math.min(patience, this.#times.heartbeatLongest);
  }
}
