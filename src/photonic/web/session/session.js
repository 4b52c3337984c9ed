// The capture-aware live-view session: inputs and times in, decisions out; no I/O, no clock, no randomness inside. The
// same machine as protocol/session.py: tests/vectors/session.json holds the two together.
//
// Inputs: {type: "start"}, "stop", "opened" {gen}, "closed" {gen, code}, "frame" {gen, seq, valid}, "snapshot" {gen or req,
// snapshot}, "status_error" {req, status}, "tick". Outputs: {type: "dial"} and "close" {gen}, "get_status" {req}, "wake" {at},
// "notify" {state, reason}, "show" {gen, seq}, "restart_preview". `gen` and `req` are of one series, in the order in which
// dials and questions go out. Times are seconds of a monotonic clock.

import { Display } from "./display.js";
import { Inquiry } from "./inquiry.js";
import { Link } from "./link.js";
import { Reception } from "./reception.js";
import { Redial } from "./redial.js";
import { ServiceView } from "./service_view.js";
import { StallWatch } from "./stall.js";
import { REFUSALS, STATES } from "./states.js";
import { TIMES } from "./times.js";

const isSnapshot = (told) => typeof told?.boot_id === "string";

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

  // `jitter()` gives a number from 0 to 1 for each delay. `giveUpAfter`: stop for good after that long without a picture
  // (a pause does not count); null: never.
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

  // When the next dial goes out; null when none is planned (connected, stopped, or left alone).
  get nextDialAt() {
    return this.wanted && this.link.phase === "closed" && this.#mayDial() ? this.#dialAt() : null;
  }

  // Takes one input at the time `now`; gives what is to be done, in order.
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
        return this.#closed(event.gen, event.code ?? null);
      case "frame":
        return this.#frame(event.gen, event.seq, event.valid);
      case "snapshot":
        return event.gen === undefined ? this.#takeAnswer(event.req, event.snapshot) : this.#takePush(event.gen, event.snapshot);
      case "status_error":
        return this.#statusError(event.req, event.status ?? null);
      case "tick": // the timers are looked at after every input
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

  #closed(gen, code) {
    if (!this.link.closed(gen, this.#now) || !this.wanted) return;
    const why = code === null ? "" : ` (code ${code})`;
    this.#lost(this.#reception === null ? "the service could not be reached" : `the connection was closed${why}`);
  }

  #frame(gen, seq, valid) {
    const reception = this.#reception;
    if (reception === null || gen !== this.link.gen) return;
    reception.message(this.#now);
    if (!valid || !reception.frame(seq, this.#now)) return;
    this.#out.push({ type: "show", gen, seq });
    if (reception.bootId === null) this.view.framesWithoutSnapshot(gen, this.#newestSent);
    this.view.frame(reception.bootId, seq);
    if (reception.steady(this.#now)) this.#redial.steady();
  }

  #statusError(req, status) {
    const refusal = REFUSALS[status] ?? null;
    if (!this.#inquiry.failed(req, refusal === null)) return;
    this.#answered();
    if (this.link.phase === "open") return;
    if (refusal !== null) this.#redial.refuse(refusal, this.#now);
    else this.#redial.doubt(this.#now);
  }

  #takePush(gen, snapshot) {
    if (this.#reception === null || gen !== this.link.gen || !isSnapshot(snapshot)) return;
    this.#reception.message(this.#now);
    this.#reception.named(snapshot.boot_id, this.#newestSent, this.#now);
    if (this.view.take(snapshot, gen, this.#newestSent, this.#now) !== null) this.#redial.kick(this.link.phase, this.#now);
  }

  #takeAnswer(req, told) {
    const current = req === this.#inquiry.req;
    let again = this.#inquiry.answered(req);
    let kick;
    if (isSnapshot(told)) kick = this.view.take(told, req, this.#newestSent, this.#now);
    else if (current) kick = this.view.takePartA(Boolean(told?.is_capturing), req, this.#newestSent, this.#now);
    // Part A's answers carry no order: one that comes too late says nothing.
    else return;
    again = this.#redial.admit() || again;
    if (current) this.#answered();
    // The run at the other end of the socket was heard before this was asked, and has not answered it.
    const ended = this.#reception !== null && this.#inDoubt(this.#reception) && req > this.#reception.namedAfter;
    if (ended) this.#drop("the service was restarted");
    if (kick !== null || again || ended) this.#redial.kick(this.link.phase, this.#now);
  }

  // A question has ended, in whatever way: the next one, if any, keeps the polling distance to it.
  #answered() {
    this.#askBeforeDial = false;
    const paused = this.view.outlook(this.#now) === "paused";
    const interval = paused ? this.#times.capturePoll : this.#times.unknownPoll;
    this.#askAt = Math.max(this.#now, (this.#inquiry.sentAt ?? this.#now) + interval);
  }

  // Timers: everything that will happen by itself if nothing else does, as [time, what]

  #timers() {
    const timers = [];
    const { pauseExpiresAt } = this.view;
    const { endsAt } = this.#inquiry;
    const pollAt = this.#pollAt();
    if (pauseExpiresAt !== null) timers.push([pauseExpiresAt, () => this.view.endPause()]);
    if (endsAt !== null) timers.push([endsAt, () => this.#statusError(this.#inquiry.req, null)]);
    else if (pollAt !== null) timers.push([pollAt, () => this.#ask()]);
    if (this.#giveUpAfter !== null && this.#outlook !== "paused") {
      timers.push([this.#display.picturedAt + this.#giveUpAfter, () => this.#end(`gave up: no picture for ${this.#giveUpAfter} s`)]);
    }
    if (this.link.phase === "dialing") {
      timers.push([this.link.since + this.#times.dial, () => this.#drop("the service did not answer the dial")]);
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
      this.#drop("no frame has come for too long");
    } else if (remedy === "ask status") {
      if (this.#inquiry.req === null) this.#ask();
      this.#stall.askedStatus(this.#inquiry.req);
    } else {
      this.#stall.askedRestart(this.#now);
      this.#out.push({ type: "restart_preview" });
    }
  }

  // Whether the socket speaks for another run of the service than the one that was heard last. One of the two has ended. The
  // service is asked which; where it does not say, a new dial settles it.
  #inDoubt(reception) {
    return reception.bootId !== null && reception.bootId !== this.view.run;
  }

  // When to ask: at once, whatever was asked before the socket's run was heard, and again until it is settled.
  #doubtAt(reception) {
    if (this.#inquiry.newest <= reception.namedAfter || this.#inquiry.sentAt === null) return this.#now;
    return this.#inquiry.sentAt + this.#times.doubtPoll;
  }

  // Whether the socket has no heartbeat to tell a quiet camera from a dead connection (part A).
  #unvouched(reception) {
    return reception.bootId === null && (reception.heard || this.view.partA === true);
  }

  // When the status route is asked next: without a socket, and where the socket carries no snapshots. A service that knows
  // only part A is left alone while its frames come.
  #pollAt() {
    if (this.#reception === null) return this.#redial.refusal === null ? this.#askAt : null;
    if (this.#unvouched(this.#reception) && ["paused", "away"].includes(this.#outlook)) return this.#askAt;
    return this.view.partA === false ? Math.max(this.#askAt, this.#reception.wordedUntil) : null;
  }

  // A part A service is left alone while it captures, and asked first whether it does.
  #mayDial() {
    if (this.#redial.refusal !== null) return this.#inquiry.req === null;
    if (this.view.partA === true && !this.#redial.kicked) return this.#outlook !== "paused" && !this.#askBeforeDial;
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

  // The next number of the one series that dials and questions have: the order in which they went out.
  #number() {
    this.#newestSent += 1;
    return this.#newestSent;
  }

  // Effects

  // We end the socket ourselves.
  #drop(reason) {
    this.#out.push({ type: "close", gen: this.link.abandon(this.#now) });
    this.#lost(reason);
  }

  // The socket is gone: plan the next dial, and ask meanwhile what is going on.
  #lost(reason) {
    this.#reception = null;
    this.#stall.beginAnew();
    this.#redial.lost(reason, this.#now);
    if (this.#redial.refusal === null) {
      this.#askAt = this.#now;
      this.#askBeforeDial = this.view.partA === true;
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

  // Notes what the outlook has become; what was shown before a pause says nothing about live view after it.
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

  // Asks for a wake, unless one is already set that comes early enough: frames must not cost a timer each.
  #sleep(until) {
    if (this.#wake !== null && this.#wake > this.#now && until >= this.#wake) return;
    this.#wake = until;
    this.#out.push({ type: "wake", at: until });
  }
}
