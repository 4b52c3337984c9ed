// The booth: guests touch the screen, see themselves and a countdown, then their photo. The operator exits with the PIN.

import { paint, pictureOf } from "../capture/newest.js";
import { Shots } from "../capture/shots.js";
import { isTaken, Signals } from "../capture/signals.js";
import { ago } from "../capture/messages.js";
import { write } from "../element.js";
import { Refused } from "../service.js";
import { reasonText } from "../i18n/reasons.js";
import { t } from "../i18n/translate.js";
import { isUsable, limitOf, next, START } from "./flow.js";

const SLOW_MS = 4000;
const DETAILS = { waiting: "booth.waiting_detail", sorry: "booth.sorry_detail" };
const OF_FOCUS = "autofocus_failed";
const TICK_MS = 250;

export class Booth {
  // `page`: the element with the state; `part(id)`: an element of the page. `options`: timer, review (seconds),
  // sound, flash, session.
  constructor({ page, part, base, options }) {
    this.page = page;
    this.part = part;
    this.options = options;
    this.state = START;
    this.since = performance.now();
    this.turn = 0; // number of the guest: late results of an earlier one are not shown
    this.usable = false;
    this.snapshot = null;
    this.running = null; // the current guest's sequence
    this.takenAt = null;
    this.left = null;
    this.kind = null; // type of the last error
    this.reason = "";
    this.signals = new Signals({ sound: options.sound, flash: options.flash });
    this.shots = new Shots(base, options.session);
    this.touch = part("touch");
    this.touch.addEventListener("click", () => this.press());
    part("again").addEventListener("click", () => this.press("again"));
    part("next").addEventListener("click", () => this.on("next"));
    part("picture").addEventListener("click", () => this.press());
    document.addEventListener("keydown", (event) => this.key(event));
    setInterval(() => this.tick(), TICK_MS);
    this.enter(START);
  }

  key(event) {
    const elsewhere = event.target === document.body || event.target === document.documentElement;
    if (event.repeat || !elsewhere || ![" ", "Enter"].includes(event.key)) return;
    event.preventDefault();
    this.press(this.state === "attract" ? "touch" : "again");
  }

  press(event = "touch") {
    this.signals.wake();
    this.on(event);
  }

  // `reachable`: whether the service is connected; `snapshot`: the newest one, or null. `refusal`: why the service refuses
  // access; null: it does not.
  update(reachable, snapshot, refusal = null) {
    if (snapshot !== null) {
      this.shots.number = Math.max(this.shots.number, snapshot.capture_count ?? 0);
      if (snapshot !== this.snapshot) this.shots.wake();
      this.snapshot = snapshot;
    }
    this.usable = isUsable(reachable, snapshot);
    // Small print for the operator.
    this.reason = reachable ? (snapshot === null ? "" : reasonText(snapshot.camera)) : (refusal ?? t("lock.unreachable"));
    this.on(this.usable ? "usable" : "unusable");
    if (snapshot === null || !["counting", "taking"].includes(this.state)) return;
    const left = snapshot.sequence?.session_id === this.options.session ? snapshot.sequence.countdown : null;
    if (left !== this.left) {
      this.left = left;
      write(this.part("number"), left === null ? "" : String(left));
      if (left !== null) this.signals.tick(left);
    }
    const taken = snapshot.captures.find((each) => each.session_id === this.options.session && isTaken(each));
    if (taken !== undefined && this.signals.exposed(taken.id)) this.on("exposing");
  }

  on(event) {
    const to = next(this.state, event, this.usable);
    if (to !== null) this.enter(to);
    return to !== null;
  }

  enter(state) {
    this.state = state;
    this.since = performance.now();
    this.page.dataset.booth = state;
    this.touch.disabled = state !== "attract";
    this.render();
    if (state === "counting") this.shoot();
    if (state === "review" || state === "sorry") this.part("again").focus();
  }

  async shoot() {
    const turn = ++this.turn;
    const current = (act) => turn === this.turn && act();
    this.running = null;
    this.left = null;
    write(this.part("number"), "");
    try {
      const { id } = await this.shots.begin({ kind: "self_timer", delay_seconds: this.options.timer });
      this.running = id;
      const report = await this.shots.report(id);
      const frame = report.frames.find((each) => each.phase === "saved");
      if (frame === undefined) throw failureOf(report);
      const record = await this.shots.recordOf(frame.capture_id);
      const picture = await pictureOf(record);
      current(() => this.show(picture));
    } catch (error) {
      // Guests see a friendly message; the reason is in the console and in the service's log.
      console.info("no photo:", error.message);
      current(() => {
        this.kind = error.kind;
        if (this.on("failed")) this.signals.failed();
        this.render();
      });
    }
  }

  show({ bitmap }) {
    if (!this.on("saved")) return;
    this.takenAt = performance.now();
    this.page.dataset.photo = bitmap === null ? "unseen" : "seen";
    if (bitmap !== null) {
      paint(this.part("photo"), bitmap);
      bitmap.close();
    }
    this.signals.done();
    this.render();
  }

  get detail() {
    if (this.state === "sorry" && this.kind === OF_FOCUS) return t("booth.sorry_focus");
    return this.state in DETAILS ? t(DETAILS[this.state]) : "";
  }

  tick() {
    const limit = limitOf(this.state, this.options);
    if (limit !== null && performance.now() - this.since > limit.seconds * 1000) {
      if (limit.event === "late") this.giveUp();
      this.on(limit.event);
    }
    this.render();
  }

  // A capture that takes too long must not block the next guest.
  giveUp() {
    if (this.running === null) return;
    this.shots.cancel(this.running).catch((error) => console.info("could not cancel:", error.message));
  }

  render() {
    const { state } = this;
    const forMs = performance.now() - this.since;
    const slow = state === "taking" && forMs > SLOW_MS;
    const unseen = state === "review" && this.page.dataset.photo === "unseen";
    write(this.part("title"), t(slow ? "booth.slow" : unseen ? "booth.review_unseen" : `booth.${state}`));
    write(this.part("detail"), this.detail);
    write(this.part("reason"), state === "waiting" ? this.reason : "");
    write(this.part("age"), state === "review" ? t("capture.taken", { ago: ago(performance.now() - this.takenAt) }) : "");
  }
}

function failureOf(report) {
  const failed = report.frames.find((frame) => frame.error) ?? report;
  return new Refused(failed.error_type ?? "camera_fault", failed.error ?? "no photo was taken");
}
