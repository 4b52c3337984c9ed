// The capture-aware live-view session: inputs and times in, decisions out; no I/O, no clock, no randomness inside. The
// same machine as protocol/session.py: tests/vectors/session.json keeps them equal.
//
// Inputs: {type: "start"}, "stop", "opened" {gen}, "closed" {gen, code, retryAfter}, "frame" {gen, seq, valid}, "snapshot" {gen
// or req, snapshot}, "status_error" {req, status, retryAfter}, "tick". Outputs: {type: "dial"} and "close" {gen}, "get_status" {req}, "wake" {at},
// "notify" {state, reason}, "show" {gen, seq}, "restart_preview". `gen` and `req` are numbers of one series, in the order in
// which connection attempts and status requests are sent. Times are seconds of a monotonic clock.

import { Display } from "./display.js";
import { Inquiry } from "./inquiry.js";
import { Link } from "./link.js";
import { Reception } from "./reception.js";
import { Redial } from "./redial.js";
import { ServiceView } from "./service_view.js";
import { StallWatch } from "./stall.js";
import { REFUSALS, REFUSED_CLOSES, STATES, TOO_MANY } from "./states.js";
import { TIMES } from "./times.js";

function lossReason(code, wasOpen) {
  if (code === TOO_MANY) return "too many viewers: the service asks to wait before the next attempt";
  if (!wasOpen) return "the service could not be reached";
  return `the connection was closed${code === null ? "" : ` (code ${code})`}`;
}

const isSnapshot = (body) => typeof body?.boot_id === "string";

export class Session {
  wanted = false;
  view;
  link;
  #times;
  #giveUpAfter;
  #redial;
  #inquiry;
  #reception = null;
  #outlook = "unknown";
  #newestSent = 0;
  #now = 0;
  #wake = null;
  #out = [];
  #endReason = null;
  #askAt = 0;
  #askBeforeDial = false;
  #stall;
  #display = new Display();

  // `jitter()` returns a number from 0 to 1 for each delay. `giveUpAfter`: seconds without a frame after which the session
  // stops (pauses do not count); null: never.
  constructor({ jitter, times = TIMES, giveUpAfter = null }) {
    this.#times = times;
    this.#giveUpAfter = giveUpAfter;
    this.view = new ServiceView(times);
    this.link = new Link(times.close);
    this.#redial = new Redial(times, jitter);
    this.#inquiry = new Inquiry(times.statusRequest);
    this.#stall = new StallWatch(times);
  }

  get state() {
    return this.#display.state;
  }

  // When the next attempt is made; null if none is scheduled (connected, stopped, or waiting for a capture).
  get nextDialAt() {
    return this.wanted && this.link.phase === "closed" && this.#mayDial() ? this.#dialAt() : null;
  }

  // Handles one input at the time `now`; returns the outputs, in order.
  handle(event, now) {
    this.#now = Math.max(this.#now, now);
    this.#out = [];
    if (this.wanted || event.type === "start" || event.type === "closed") this.#take(event);
    while (this.wanted) {
      this.#observe();
      const [at, act] = this.#timers().reduce((due, timer) => (timer[0] < due[0] ? timer : due));
      if (at > this.#now) {
        this.#sleep(at);
        break;
      }
      act();
    }
    this.#settle();
    return this.#out;
  }

  // Inputs

  #take(event) {
    switch (event.type) {
      case "start":
        return this.#start();
      case "stop":
        return this.#end(null);
      case "opened":
        return this.#opened(event.gen);
      case "closed":
        return this.#closed(event.gen, event.code ?? null, event.retryAfter ?? null);
      case "frame":
        return this.#frame(event.gen, event.seq, event.valid);
      case "snapshot":
        return event.gen === undefined ? this.#takeAnswer(event.req, event.snapshot) : this.#takePush(event.gen, event.snapshot);
      case "status_error":
        return this.#statusError(event.req, event.status ?? null, event.retryAfter ?? null);
      case "tick": // the wake-up has come, maybe a little early: a browser's timers are not exact
        this.#wake = null;
        return undefined;
      default:
        throw new Error(`the session knows no ${event.type}`);
    }
  }

  #start() {
    if (this.wanted) return;
    this.wanted = true;
    this.#wake = null;
    this.#askBeforeDial = false;
    this.#redial.begin(this.#now);
    this.#askAt = this.#now + this.#times.unknownPoll;
    this.#display.picturedAt = this.#now;
  }

  #opened(gen) {
    if (!this.link.opened(gen, this.#now)) return;
    this.#reception = new Reception(this.#times, this.#now);
    this.#redial.opened();
    this.#stall.beginAnew();
    this.#inquiry.unknown = false;
  }

  #closed(gen, code, retryAfter) {
    if (!this.link.closed(gen, this.#now) || !this.wanted) return;
    const refusedBefore = this.#redial.refusal !== null;
    const status = REFUSED_CLOSES[code];
    if (status !== undefined) this.#redial.refuse(REFUSALS[status], this.#now, true);
    if (code === TOO_MANY || retryAfter !== null) this.#redial.holdOff(retryAfter, this.#now);
    this.#lost(lossReason(code, this.#reception !== null));
    if (status !== undefined && !refusedBefore && this.#inquiry.req === null) this.#ask();
  }

  #frame(gen, seq, valid) {
    const reception = this.#reception;
    if (reception === null || gen !== this.link.gen) return;
    this.#received(reception);
    if (!valid || !reception.frame(seq, this.#now)) return;
    this.#out.push({ type: "show", gen, seq });
    if (reception.bootId === null) this.view.framesWithoutSnapshot(gen, this.#newestSent);
    this.view.frame(reception.bootId, seq);
    if (reception.steady(this.#now)) this.#redial.steady();
  }

  #received(reception) {
    reception.message(this.#now);
    this.#redial.received();
  }

  #statusError(req, status, retryAfter) {
    const refusal = REFUSALS[status] ?? null;
    if (!this.#inquiry.failed(req, refusal === null)) return;
    if (retryAfter !== null) this.#redial.holdOff(retryAfter, this.#now);
    this.#answered();
    if (this.link.phase === "open") return;
    if (refusal !== null) this.#redial.refuse(refusal, this.#now);
    else this.#redial.doubt(this.#now);
  }

  #takePush(gen, snapshot) {
    if (this.#reception === null || gen !== this.link.gen || !isSnapshot(snapshot)) return;
    this.#received(this.#reception);
    this.#reception.named(snapshot.boot_id, this.#newestSent, this.#now);
    if (this.view.take(snapshot, gen, this.#newestSent, this.#now) !== null) this.#redial.kick(this.link.phase, this.#now);
  }

  #takeAnswer(req, body) {
    const current = req === this.#inquiry.req;
    let again = this.#inquiry.answered(req);
    let kick;
    if (isSnapshot(body)) kick = this.view.take(body, req, this.#newestSent, this.#now);
    else if (current) kick = this.view.takeCompat(Boolean(body?.is_capturing), req, this.#newestSent, this.#now);
    // Responses of the compat API have no order: a late one is ignored.
    else return;
    again = this.#redial.admit() || again;
    if (current) this.#answered();
    // The socket's run was known before this was requested, but another run has answered.
    const ended = this.#reception !== null && this.#inDoubt(this.#reception) && req > this.#reception.namedAfter;
    if (ended) this.#drop("the service was restarted");
    if (kick !== null || again || ended) this.#redial.kick(this.link.phase, this.#now);
  }

  // A request has ended in some way: the next one keeps the polling interval.
  #answered() {
    this.#askBeforeDial = false;
    const paused = this.view.outlook(this.#now) === "paused";
    const interval = paused ? this.#times.capturePoll : this.#times.unknownPoll;
    this.#askAt = Math.max(this.#now, (this.#inquiry.sentAt ?? this.#now) + interval, this.#redial.notBefore);
  }

  // Timers: everything that happens if there is no further input, as [time, action]

  #timers() {
    const timers = [];
    const { pauseExpiresAt } = this.view;
    const { endsAt } = this.#inquiry;
    const pollAt = this.#pollAt();
    if (pauseExpiresAt !== null) timers.push([pauseExpiresAt, () => this.view.endPause()]);
    if (endsAt !== null) timers.push([endsAt, () => this.#statusError(this.#inquiry.req, null, null)]);
    else if (pollAt !== null) timers.push([pollAt, () => this.#ask()]);
    if (this.#giveUpAfter !== null && this.#outlook !== "paused") {
      timers.push([this.#display.picturedAt + this.#giveUpAfter, () => this.#end(`gave up: no frame for ${this.#giveUpAfter} s`)]);
    }
    if (this.link.phase === "dialing") {
      timers.push([this.link.since + this.#times.dial, () => this.#drop("the service did not respond in time")]);
    } else if (this.#reception !== null) {
      this.#watch(this.#reception, timers);
    } else if (this.#mayDial()) {
      timers.push([this.#dialAt(), () => this.#dial()]);
    }
    return timers;
  }

  #watch(reception, timers) {
    const { silentAt, freshAt } = reception;
    if (this.#inDoubt(reception)) {
      timers.push([this.#doubtAt(reception), () => this.#ask()]);
      timers.push([reception.namedAt + this.#times.doubt, () => this.#drop("the service was restarted")]);
    }
    if (silentAt !== null) timers.push([silentAt, () => this.#drop("the connection has gone silent")]);
    if (freshAt !== null) timers.push([freshAt + this.#times.frame, () => reception.interrupt()]);
    const check = this.#stall.check(reception, this.#outlook, !this.#unvouched(reception), this.#inquiry.req, this.#now);
    if (check !== null) timers.push([check.at, () => this.#remedy(check.remedy)]);
  }

  #remedy(remedy) {
    if (remedy === "redial") {
      this.#drop("no frame has arrived for too long");
    } else if (remedy === "ask status") {
      if (this.#inquiry.req === null) this.#ask();
      this.#stall.askedStatus(this.#inquiry.req);
    } else {
      this.#stall.askedRestart(this.#now);
      this.#out.push({ type: "restart_preview" });
    }
  }

  // Whether the socket belongs to another run of the service than the latest snapshot. One of the two has ended. A status
  // request finds out which; without an answer, reconnecting does.
  #inDoubt(reception) {
    return reception.bootId !== null && reception.bootId !== this.view.run;
  }

  // When to request the status: immediately, regardless of earlier requests, and repeatedly until it is settled.
  #doubtAt(reception) {
    if (this.#inquiry.newest <= reception.namedAfter || this.#inquiry.sentAt === null) return this.#now;
    return this.#inquiry.sentAt + this.#times.doubtPoll;
  }

  // Whether the socket has no heartbeat (compat API) that distinguishes a quiet camera from a dead connection.
  #unvouched(reception) {
    return reception.bootId === null && (reception.heard || this.view.compat === true);
  }

  // When the status is requested next: without a socket, or if the socket carries no snapshots. A service with only the
  // compat API is not polled while its frames arrive.
  #pollAt() {
    if (this.#reception === null) return this.#redial.refusal === null ? this.#askAt : null;
    if (this.#unvouched(this.#reception) && ["paused", "away"].includes(this.#outlook)) return this.#askAt;
    return this.view.compat === false ? Math.max(this.#askAt, this.#reception.wordedUntil) : null;
  }

  // A service with only the compat API is not dialed while it captures, so its status is requested first.
  #mayDial() {
    if (this.#redial.refusal !== null) return this.#inquiry.req === null;
    if (this.view.compat === true && !this.#redial.kicked) return this.#outlook !== "paused" && !this.#askBeforeDial;
    return true;
  }

  #dialAt() {
    return this.#redial.at(this.link, this.#now, this.#outlook === "paused");
  }

  #dial() {
    if (this.#redial.refusal !== null) this.#ask();
    this.#redial.dialed(this.#now, this.#outlook === "paused");
    const gen = this.#number();
    this.link.dial(gen, this.#now);
    this.#out.push({ type: "dial", gen });
  }

  #ask() {
    const req = this.#number();
    this.#inquiry.ask(req, this.#now);
    this.#out.push({ type: "get_status", req });
  }

  // The next number of the common series of attempts and requests: the order in which they are sent.
  #number() {
    this.#newestSent += 1;
    return this.#newestSent;
  }

  // Effects

  // Closes the socket from our side.
  #drop(reason) {
    this.#out.push({ type: "close", gen: this.link.abandon(this.#now) });
    this.#lost(reason);
  }

  // The socket is gone: schedule the next attempt, and request the status meanwhile.
  #lost(reason) {
    this.#reception = null;
    this.#stall.beginAnew();
    this.#redial.lost(reason, this.#now);
    if (this.#redial.refusal === null) {
      this.#askAt = this.#now;
      this.#askBeforeDial = this.view.compat === true;
    }
  }

  #end(reason) {
    this.wanted = false;
    this.#wake = null;
    this.#endReason = reason;
    this.#reception = null;
    this.#inquiry.forget();
    if (this.link.phase !== "closed") this.#out.push({ type: "close", gen: this.link.abandon(this.#now) });
  }

  // Updates the outlook; frames from before a pause do not count as live view after it.
  #observe() {
    const before = this.#outlook;
    const outlook = (this.#outlook = this.view.outlook(this.#now));
    const reception = this.#reception;
    if (reception === null) return;
    const gone = ["paused", "away"];
    if (gone.includes(outlook)) {
      reception.interrupt();
    } else if (gone.includes(before) || (before !== outlook && !this.#unvouched(reception))) {
      reception.dueSince = this.#now;
      this.#stall.beginAnew();
    }
  }

  #standing() {
    if (this.#redial.refusal !== null) return "refused";
    if (this.#outlook === "paused" || this.#outlook === "away") return this.#outlook;
    return this.#reception !== null && this.#reception.flowing(this.#now) ? "flowing" : "quiet";
  }

  #settle() {
    const state = this.wanted ? STATES[this.link.phase][this.#standing()] : "stopped";
    const reason = this.#why(state);
    if (this.#display.show(state, reason, this.#now)) this.#out.push({ type: "notify", state, reason });
  }

  #why(state) {
    if (state === "live") return null;
    if (state === "refused") return this.#redial.refusal;
    if (state === "hold" || state === "waiting") return this.view.reason;
    if (state === "syncing") return "waiting for a fresh frame";
    return state === "stopped" ? this.#endReason : this.#redial.reason;
  }

  // Requests a wake-up, unless one is already set early enough: not every frame may cost a timer.
  #sleep(until) {
    if (this.#wake !== null && this.#wake > this.#now && until >= this.#wake) return;
    this.#wake = until;
    this.#out.push({ type: "wake", at: until });
  }
}
