// The service's latest status, and what follows from it for a viewer.

import { Lease } from "./lease.js";
import { SnapshotOrder, dropped } from "./ordering.js";

const CAMERA_AWAY = new Set(["starting", "recovering", "absent", "blocked", "disconnected"]);
const LIVE_AWAY = new Set(["unsupported", "recovering"]);

const away = ({ camera, live }) => CAMERA_AWAY.has(camera.state) || LIVE_AWAY.has(live.state);
const paused = (snapshot) => snapshot !== null && snapshot.live.state === "paused";

export class ServiceView {
  snapshot = null; // the newest one; null for a service with only the compat API, or before the first one
  compat = null; // whether it has only the compat API; null while unknown
  #times;
  #order = new SnapshotOrder();
  #lease;
  #capturingSince = null;
  #newestSeq = 0;
  #overtaken = false; // a frame is newer than the status "paused" or "absent"

  constructor(times) {
    this.#times = times;
    this.#lease = new Lease(times);
  }

  // The current run of the service; null while unknown.
  get run() {
    return this.#order.run;
  }

  // Accepts a snapshot of the v1 API. Returns the reason in it to reconnect now ("new boot", "pause ended", "camera ready"),
  // or null. `sent`, `newestSent`: as in SnapshotOrder.
  take(snapshot, sent, newestSent, now) {
    const before = this.snapshot;
    const order = this.#order.take(snapshot.boot_id, snapshot.rev, sent, newestSent);
    if (dropped(order)) return null;
    this.snapshot = snapshot;
    this.compat = false;
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

  // Accepts a response of the compat API. Its captures have no deadline, so ask again soon.
  takeCompat(isCapturing, req, newestSent, now) {
    if (dropped(this.#nameless(req, newestSent))) return null;
    const wasCapturing = this.#capturingSince !== null || paused(this.snapshot);
    this.compat = true;
    this.snapshot = null;
    this.#overtaken = false;
    if (isCapturing) {
      this.#capturingSince ??= req;
      this.#lease.grant(`compat ${req}`, this.#times.compatLease - this.#times.leaseMargin, now);
      return null;
    }
    this.#capturingSince = null;
    this.#lease.end();
    return wasCapturing ? "pause ended" : null;
  }

  // A socket began with a frame: compat API, unless known otherwise.
  framesWithoutSnapshot(gen, newestSent) {
    if (this.compat === null) this.compat = true;
    else if (this.compat) this.#nameless(gen, newestSent);
  }

  // The compat API has no boot ids: each response may be the first of another run.
  #nameless(sent, newestSent) {
    return this.#order.take(`compat ${sent}`, 0, sent, newestSent);
  }

  // Numbers are only comparable within one run of the service; across runs, the frame counts.
  frame(bootId, seq) {
    this.#newestSeq = seq;
    const comparable = this.snapshot !== null && this.snapshot.boot_id === bootId;
    if (!comparable || seq > this.snapshot.live.seq) this.#overtaken = true;
  }

  // "unknown", "due" (frames are expected), "paused" (live view resumes on its own) or "away" (no live view now).
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

  // The reason that the service gives, or null.
  get reason() {
    if (this.snapshot === null) return this.#capturingSince !== null ? "a capture is running" : null;
    const { live, camera } = this.snapshot;
    if (live.state === "paused") return live.reason || "a capture is running";
    if (CAMERA_AWAY.has(camera.state)) return camera.reason || `the camera is ${camera.state}`;
    return live.reason || (LIVE_AWAY.has(live.state) ? `live view is ${live.state}` : null);
  }
}
