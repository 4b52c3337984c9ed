// Schedules the next connection attempt: never too often, and soon after the service is back.
// A pace is "first" (the user has just asked), "retry", "kicked" (good news), "held" (a pause) or "probe" (refused before).

import { delayAfter, doubling } from "./backoff.js";

class DialPacer {
  attempts = 0;
  #times;
  #delays;
  #jitter;
  #dialedAt = null;
  #tokens;

  constructor(times, jitter) {
    this.#times = times;
    this.#delays = doubling(times.delayFirst, times.delayLongest);
    this.#jitter = jitter;
    this.#tokens = times.burstDials;
  }

  // After a loss: uniform between 0 and a limit that doubles with each attempt.
  delay() {
    return delayAfter(this.attempts, this.#delays) * Math.min(Math.max(this.#jitter(), 0), 1);
  }

  readyAt(pace) {
    if (this.#dialedAt === null) return -Infinity;
    if (pace === "held") return this.#dialedAt + this.#times.holdDelay;
    const floor = this.#dialedAt + this.#times.dialFloor;
    if (pace === "kicked") return floor;
    return Math.max(floor, this.#dialedAt + (1 - this.#tokens) / this.#times.dialsPerSecond);
  }

  dialed(pace, now) {
    const { burstDials, dialsPerSecond, deepestDebtDials } = this.#times;
    if (this.#dialedAt !== null) {
      this.#tokens = Math.min(burstDials, this.#tokens + (now - this.#dialedAt) * dialsPerSecond);
    }
    this.#tokens = Math.max(deepestDebtDials, this.#tokens - 1);
    this.#dialedAt = now;
    if (pace === "retry") this.attempts += 1;
  }
}

export class Redial {
  refusal = null; // why the service refuses us; null if it does not, or if that is unknown
  reason = null; // why the last socket was lost
  notBefore = 0; // the service asked to be left alone until then
  #refusedBySocket = false;
  #times;
  #pacer;
  #pace = "first";
  #at = 0;
  #probes = 0;
  #kicked = false;

  constructor(times, jitter) {
    this.#times = times;
    this.#pacer = new DialPacer(times, jitter);
  }

  // Whether to dial next regardless of anything else.
  get kicked() {
    return this.#pace === "kicked";
  }

  // The user starts live view: earlier failures no longer count, except for the spacing of attempts.
  begin(now) {
    this.refusal = this.reason = null;
    this.notBefore = now;
    this.#kicked = false;
    this.#probes = 0;
    this.#pacer.attempts = 0;
    this.#plan("first", now);
  }

  // A socket is open; that proves no access, because photonic.live.v1 refuses with a close code.
  opened() {
    this.#kicked = false;
  }

  // A socket brings messages, so we are not refused, whatever the status route says.
  received() {
    this.refusal = null;
  }

  // Frames have arrived for a while: reset the attempts.
  steady() {
    this.#pacer.attempts = 0;
    this.#probes = 0;
  }

  lost(reason, now) {
    this.reason = reason;
    if (this.refusal !== null) {
      this.#planProbe(now);
    } else if (this.#kicked) {
      this.#kicked = false;
      this.#plan("kicked", now);
    } else {
      this.#plan("retry", now + this.#pacer.delay());
    }
  }

  // The cause is gone: reset the attempts and, without a socket or a refusal, dial immediately.
  kick(phase, now) {
    this.#pacer.attempts = 0;
    if (this.refusal !== null) return;
    if (phase === "closed") this.#plan("kicked", now);
    // The attempt in flight may have started earlier: if it fails, the next one follows immediately.
    else if (phase === "dialing") this.#kicked = true;
  }

  // The service refuses us: probe it, less and less often. `bySocket`: it was the socket that was refused; then the status
  // route cannot show that it no longer is.
  refuse(refusal, now, bySocket = false) {
    this.refusal = refusal;
    this.#refusedBySocket = bySocket;
    this.#planProbe(now);
  }

  // The service asks to be left alone for so long; null: it does not say how long.
  holdOff(seconds, now) {
    const wait = Math.min(Math.max(seconds ?? this.#times.retryAfter, 0), this.#times.retryAfterLongest);
    this.notBefore = Math.max(this.notBefore, now + wait);
  }

  // A probe got no answer: what was refused before may be allowed now.
  doubt(now) {
    if (this.refusal === null) return;
    this.refusal = null;
    this.#plan("retry", now + this.#pacer.delay());
  }

  // The status route grants access; returns whether it refused before.
  admit() {
    if (this.refusal !== null && this.#refusedBySocket) return false;
    const refused = this.refusal !== null;
    this.refusal = null;
    this.#probes = 0;
    return refused;
  }

  at(link, now, paused) {
    const pace = this.pace(paused);
    return Math.max(pace === "held" ? now : this.#at, this.notBefore, this.#pacer.readyAt(pace), link.freeAt(now));
  }

  // The pace of the next attempt; during a pause, it does not count as one.
  pace(paused) {
    if (this.refusal !== null) return "probe";
    return paused && !this.kicked ? "held" : this.#pace;
  }

  dialed(now, paused) {
    const pace = this.pace(paused);
    this.#pacer.dialed(pace, now);
    if (pace === "probe") this.#probes += 1;
    this.#pace = "retry";
  }

  #planProbe(now) {
    this.#plan("probe", now + delayAfter(this.#probes, this.#times.refusedProbes));
  }

  #plan(pace, at) {
    this.#pace = pace;
    this.#at = at;
  }
}
