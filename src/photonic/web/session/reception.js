// What one socket has received so far, and when its silence means that it is dead. Lives as long as its socket.

const GAP_WINDOW_SECONDS = 10;

export class Reception {
  bootId = null; // the run of the service at the other end; null until it has sent a snapshot
  namedAt; // when that run was first seen
  namedAfter = 0; // the last number used by then
  freshAt = null; // when the last frame was shown that still represents live view
  dueSince; // since when a frame is expected
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

  // Whether anything has been received.
  get heard() {
    return this.#heardAt !== null;
  }

  // Something was received, valid or not.
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

  // A snapshot of this run of the service was received.
  named(bootId, newestSent, now) {
    this.#wordedAt = now;
    if (bootId === this.bootId) return;
    this.bootId = bootId;
    this.namedAfter = newestSent;
    this.namedAt = now;
  }

  // Whether a valid frame is newer than all others on this socket, so that it should be shown.
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

  // The last frame no longer represents live view (a pause, an absent camera, or too old).
  interrupt() {
    this.freshAt = this.#flowingSince = null;
  }

  // When silence means that the socket is dead. Before the first message, a service has more time. A service that sends
  // frames but no snapshots has no heartbeat: null.
  get silentAt() {
    if (this.#heardAt === null) return this.#openedAt + this.#times.firstMessage;
    return this.bootId === null ? null : this.#heardAt + this.heartbeat;
  }

  // When the last snapshot of the socket is too old, even if frames still arrive.
  get wordedUntil() {
    return this.#wordedAt + this.heartbeat + this.#times.unknownPoll;
  }

  // How long this socket may be silent: three times the longest of its recent gaps, within limits.
  get heartbeat() {
    const gap = Math.max(this.#slowestGap, this.#slowestGapBefore);
    const patience = Math.max(this.#times.heartbeatShortest, this.#times.heartbeatGaps * gap);
    return Math.min(patience, this.#times.heartbeatLongest);
  }
}
