// What the next dial is for, and when it goes out: never too often, never much later than the service is back.
// A pace is "first" (the user has just asked), "retry", "kicked" (good news), "held" (a pause) or "probe" (refused before).

class DialPacer {
  attempts = 0;
  #times;
  #jitter;
  #dialedAt = null;
  #tokens;

  constructor(times, jitter) {
    this.#times = times;
    this.#jitter = jitter;
    this.#tokens = times.burstDials;
  }

  // After a loss: uniform from 0 to a limit that doubles with each attempt.
  delay() {
    const limit = Math.min(this.#times.delayLongest, this.#times.delayFirst * 2 ** Math.min(this.attempts, 1000));
    return limit * Math.min(Math.max(this.#jitter(), 0), 1);
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
  refusal = null; // why the service does not let us in; null while it does, or nothing is known
  reason = null; // why the last socket was lost
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

  // Whether the next dial is worth it whatever else is known.
  get kicked() {
    return this.#pace === "kicked";
  }

  // The user wants live view: what went before does not count, but for the spacing of dials.
  begin(now) {
    this.refusal = this.reason = null;
    this.#kicked = false;
    this.#probes = 0;
    this.#pacer.attempts = 0;
    this.#plan("first", now);
  }

  // A socket is open: nobody refuses us, whatever the status route says.
  opened() {
    this.refusal = null;
    this.#kicked = false;
  }

  // Frames have flowed for a while: the attempts are fresh again.
  steady() {
    this.#pacer.attempts = 0;
    this.#probes = 0;
  }

  lost(reason, now) {
    this.reason = reason;
    if (this.refusal !== null) return;
    if (this.#kicked) {
      this.#kicked = false;
      this.#plan("kicked", now);
    } else {
      this.#plan("retry", now + this.#pacer.delay());
    }
  }

  // Good news: the attempts are fresh, and without a socket the next dial goes out at once.
  kick(phase, now) {
    this.#pacer.attempts = 0;
    if (phase === "closed") this.#plan("kicked", now);
    // The dial in flight may have begun before the good news: if it fails, the next goes out at once.
    else if (phase === "dialing") this.#kicked = true;
  }

  // The service does not let us in: probe it, ever less often.
  refuse(refusal, now) {
    const delays = this.#times.refusedProbes;
    this.refusal = refusal;
    this.#plan("probe", now + delays[Math.min(this.#probes, delays.length - 1)]);
    this.#probes += 1;
  }

  // A probe brought nothing: what was refused before may be allowed now.
  doubt(now) {
    if (this.refusal === null) return;
    this.refusal = null;
    this.#plan("retry", now + this.#pacer.delay());
  }

  // The service answers; whether it refused before.
  admit() {
    const refused = this.refusal !== null;
    this.refusal = null;
    this.#probes = 0;
    return refused;
  }

  at(link, now, paused) {
    const pace = this.pace(paused);
    return Math.max(pace === "held" ? now : this.#at, this.#pacer.readyAt(pace), link.freeAt(now));
  }

  // What the next dial is for; one during a pause counts as no attempt.
  pace(paused) {
    if (this.refusal !== null) return "probe";
    return paused && !this.kicked ? "held" : this.#pace;
  }

  dialed(now, paused) {
    this.#pacer.dialed(this.pace(paused), now);
    this.#pace = "retry";
  }

  #plan(pace, at) {
    this.#pace = pace;
    this.#at = at;
  }
}
