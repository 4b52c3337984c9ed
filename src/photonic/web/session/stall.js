// No frame although frames are due: what to do about it, and when. One watch for all sockets of a session.
// With a heartbeat the socket is known to live, and only the service can mend the camera. Without one (part A) the
// service is asked once; when its answer brings no frame, the socket is given up.

export class StallWatch {
  #times;
  #askedReq = null;
  #restartAskedAt = null;

  constructor(times) {
    this.#times = times;
  }

  // Another socket, or another reason to wait for a frame: what was asked before is settled.
  beginAnew() {
    this.#askedReq = null;
  }

  askedStatus(req) {
    this.#askedReq = req;
  }

  askedRestart(now) {
    this.#restartAskedAt = now;
  }

  // The next remedy as {at, remedy}, null when no frame is due. `vouched`: the socket has a heartbeat; `asking`: the
  // request in flight, null when there is none.
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
