// What the service has said of itself, and what follows from it for a viewer.

import { Lease } from "./lease.js";
import { SnapshotOrder, dropped } from "./ordering.js";

const CAMERA_AWAY = new Set(["starting", "recovering", "absent", "blocked", "disconnected"]);
const LIVE_AWAY = new Set(["unsupported", "recovering"]);

const away = ({ camera, live }) => CAMERA_AWAY.has(camera.state) || LIVE_AWAY.has(live.state);
const paused = (snapshot) => snapshot !== null && snapshot.live.state === "paused";

export class ServiceView {
  snapshot = null; // the newest one; null for a service that knows only part A, or was not heard yet
  partA = null; // which kind it is; null while unknown
  #times;
  #order = new SnapshotOrder();
  #lease;
  #capturingSince = null;
  #newestSeq = 0;
  #overtaken = false; // a frame came that is newer than the word "paused" or "absent"

  constructor(times) {
    this.#times = times;
    this.#lease = new Lease(times);
  }

  // The present run of the service; null while nothing is known.
  get run() {
    return this.#order.run;
  }

  // Takes a snapshot of part B; gives the kick in it ("new boot", "pause ended", "camera ready"), null for none. `sent`,
  // `newestSent`: as SnapshotOrder.
  take(snapshot, sent, newestSent, now) {
    const before = this.snapshot;
    const order = this.#order.take(snapshot.boot_id, snapshot.rev, sent, newestSent);
    if (dropped(order)) return null;
    this.snapshot = snapshot;
    this.partA = false;
    // The service has seen the frame that seemed to end the pause, and still says "paused".
    this.#overtaken = order === "same" && this.#overtaken && snapshot.live.seq < this.#newestSeq;
    if (paused(snapshot)) this.#lease.grant(`${snapshot.boot_id} ${snapshot.rev}`, snapshot.live.resume_by_seconds, now);
    else this.#lease.end();
    if (order === "new run") return "new boot";
    const wasCapturing = this.#capturingSince !== null;
    this.#capturingSince = null;
    if (!paused(snapshot) && (wasCapturing || paused(before))) return "pause ended";
    return before !== null && away(before) && !away(snapshot) ? "camera ready" : null;
  }

  // Takes the answer of a service that knows only part A; its captures have no deadline, so ask again soon.
  takePartA(isCapturing, req, newestSent, now) {
    if (dropped(this.#nameless(req, newestSent))) return null;
    const wasCapturing = this.#capturingSince !== null || paused(this.snapshot);
    this.partA = true;
    this.snapshot = null;
    this.#overtaken = false;
    if (isCapturing) {
      this.#capturingSince ??= req;
      this.#lease.grant(`part a ${req}`, this.#times.partALease - this.#times.leaseMargin, now);
      return null;
    }
    this.#capturingSince = null;
    this.#lease.end();
    return wasCapturing ? "pause ended" : null;
  }

  // A socket began with a frame: part A, unless something else is known.
  framesWithoutSnapshot(gen, newestSent) {
    if (this.partA === null) this.partA = true;
    else if (this.partA) this.#nameless(gen, newestSent);
  }

  // Runs of a service that knows only part A have no names: each word of one may be the first of another.
  #nameless(sent, newestSent) {
    return this.#order.take(`part a ${sent}`, 0, sent, newestSent);
  }

  // Numbers can be compared within one run of the service only; across runs the frame is believed.
  frame(bootId, seq) {
    this.#newestSeq = seq;
    const comparable = this.snapshot !== null && this.snapshot.boot_id === bootId;
    if (!comparable || seq > this.snapshot.live.seq) this.#overtaken = true;
  }

  // "unknown", "due" (frames are), "paused" (live view comes back by itself) or "away" (nothing can be shown now).
  outlook(now) {
    if (this.#lease.held(now) && !this.#overtaken) return "paused";
    if (this.snapshot === null) return "unknown";
    if (away(this.snapshot) && !this.#overtaken) return "away";
    // Paused without a lease: the pause is past its own deadline, frames are overdue.
    return ["running", "paused"].includes(this.snapshot.live.state) ? "due" : "unknown";
  }

  get pauseExpiresAt() {
    return this.#lease.expiresAt;
  }

  endPause() {
    this.#lease.end();
  }

  // The service's own words, null when it gave none.
  get reason() {
    if (this.snapshot === null) return this.#capturingSince !== null ? "a capture is running" : null;
    const { live, camera } = this.snapshot;
    if (live.state === "paused") return live.reason || "a capture is running";
    if (CAMERA_AWAY.has(camera.state)) return camera.reason || `the camera is ${camera.state}`;
    return live.reason || (LIVE_AWAY.has(live.state) ? `live view is ${live.state}` : null);
  }
}
