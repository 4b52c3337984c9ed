// What to do if expected frames do not arrive, and when. One watch for all sockets of a session.
// With a heartbeat, the socket is alive, and only the service can recover the camera. Without one (compat API), the
// status is requested once; if no frame follows the response, the socket is abandoned.

export class StallWatch {
  #times;
  #askedReq = null;
  #restartAskedAt = null;

  constructor(times) {
    this.#times = times;
  }

  // Another socket, or another reason to wait for a frame: forget the earlier request.
  beginAnew() {
    this.#askedReq = null;
  }

  askedStatus(req) {
    this.#askedReq = req;
  }

  askedRestart(now) {
    this.#restartAskedAt = now;
  }

  // The next remedy as {at, remedy}; null if no frame is expected. `vouched`: the socket has a heartbeat; `asking`: the
  // request in flight, or null.
  check(reception, outlook, vouched, asking, now) {
    const overdueAt = reception.dueSince + this.#times.frame;
    if (vouched) return outlook === "due" ? { at: this.#restartAt(overdueAt), remedy: "ask preview restart" } : null;
    if (outlook === "paused" || outlook === "away") return null;
    if (this.#askedReq === null || overdueAt > now) return { at: overdueAt, remedy: "ask status" };
    return asking === this.#askedReq ? null : { at: now, remedy: "redial" };
  }

  #restartAt(overdueAt) {
    if (this.#restartAskedAt === null) return overdueAt;
    return Math.max(overdueAt, this.#restartAskedAt + this.#times.previewRestart);
  }
}
