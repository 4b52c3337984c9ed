// The capture bar: shutter, timer, sequences, the result of each press, the latest photo.

import { element, write } from "../element.js";
import { isLargest } from "../picture/place.js";
import { Refused } from "../service.js";
import { reasonText } from "../i18n/reasons.js";
import { t, tenths } from "../i18n/translate.js";
import { Choices } from "./choices.js";
import { Countdown } from "./countdown.js";
import { ModeFields } from "./fields.js";
import { randomText } from "./key.js";
import { isSingle, MODES, modesOf, requestOf, TIMERS } from "./modes.js";
import { NewestPhoto } from "./newest.js";
import { Review } from "./review.js";
import { Shots } from "./shots.js";
import { isTaken, Signals } from "./signals.js";
import { ending, failure, progress } from "./messages.js";

const SHUTTER_KEYS = new Set([" ", "Enter"]);

export class CaptureBar {
  // `bar`: the element to fill; `stage`: the layer over the picture; `base`: the camera's routes.
  // `onPixels([width, height])`: dimensions of the newest photo.
  constructor({ bar, stage, base, onPixels }) {
    this.onPixels = onPixels;
    this.reachable = false;
    this.snapshot = null;
    this.busy = false;
    this.open = null; // the capture whose shutter is held open
    this.forbidden = false;
    this.session = `page-${randomText(2)}`;
    this.choices = new Choices("photonic.capture", { sound: true, flash: true, timer: 0, mode: "photo" });
    if (!(this.choices.values.mode in MODES)) this.choices.set("mode", "photo");
    this.signals = new Signals(this.choices.values);
    this.shots = new Shots(base, this.session, { onLost: () => this.showResult("soft", t("capture.looking_up")) });
    this.build(bar);
    this.review = new Review(this.photo, stage);
    this.newest = new NewestPhoto(() => this.snapshot.camera.id, (photo) => this.reviewed(photo));
    this.countdown = new Countdown(stage, {
      onSecond: (left) => this.signals.tick(left),
      onCancel: () => this.cancel(),
    });
    document.addEventListener("keydown", (event) => this.key(event));
    this.offer();
  }

  build(bar) {
    this.photo = element("div", { class: "capture-photo" });
    this.text = element("p", { id: "result", class: "result-text", role: "status" });
    this.note = element("p", { id: "result-note", class: "result-note" });
    const messages = element("div", { class: "result-messages" }, this.text, this.note);
    this.shutter = element(
      "button",
      { id: "shutter", class: "shutter", type: "button", "aria-disabled": "false", onclick: () => this.press() },
      element("span", { class: "shutter-ring", "aria-hidden": "true" }),
    );
    this.timer = choice("capture-timer", t("capture.timer"), TIMERS.map((seconds) => [
      String(seconds),
      seconds === 0 ? t("capture.no_timer") : t("capture.timer_seconds", { seconds }),
    ]));
    this.timer.select.value = String(this.choices.values.timer);
    if (this.timer.select.selectedIndex < 0) this.timer.select.value = "0";
    this.timer.select.addEventListener("change", () => this.choices.set("timer", Number(this.timer.select.value)));
    this.mode = choice("capture-mode", t("capture.mode"), []);
    this.list(Object.keys(MODES));
    this.mode.select.addEventListener("change", () => {
      this.choices.set("mode", this.mode.select.value);
      this.offer();
    });
    this.fields = new ModeFields();
    this.bar = element("progress", { class: "sequence-bar", "aria-label": t("capture.progress") });
    this.kind = element("p", { class: "sequence-kind" });
    this.far = element("p", { id: "sequence-far", class: "sequence-far figure" });
    this.stop = element("button", { id: "sequence-cancel", type: "button", onclick: () => this.cancel() }, t("capture.cancel"));
    this.sequence = element(
      "div",
      { id: "sequence", class: "sequence", role: "group", "aria-label": t("capture.sequence"), hidden: true },
      this.kind,
      this.bar,
      this.far,
      this.stop,
    );
    // Other modules add their buttons here.
    this.side = element("div", { class: "capture-side" }, this.toggle("sound"), this.toggle("flash"));
    bar.append(
      this.sequence,
      this.fields.element,
      element("div", { class: "capture-last" }, this.photo, messages),
      (this.pressing = element("div", { class: "capture-press" }, this.timer.label, this.shutter, this.mode.label)),
      this.side,
    );
  }

  list(modes) {
    this.mode.select.replaceChildren(...modes.map((mode) => element("option", { value: mode }, t(`capture.mode_${mode}`))));
    const { mode } = this.choices.values;
    this.mode.select.value = modes.includes(mode) ? mode : "photo";
  }

  // The camera's abilities are known (controls/abilities.js).
  allow(able) {
    const modes = modesOf(able);
    if (modes.join() === [...this.mode.select.options].map((option) => option.value).join()) return;
    const before = this.mode.select.value;
    this.list(modes);
    if (this.mode.select.value !== before) this.offer();
  }

  // This browser may watch, but not take photos. `way`: an element that leads to more.
  forbid(way) {
    this.forbidden = true;
    this.pressing.hidden = true;
    this.showResult("soft", t("capture.watch_only"));
    this.note.replaceChildren(way);
    this.mark();
  }

  // The limits are known; null: none.
  limit(limits) {
    this.fields.limit(limits);
  }

  // `reachable`: whether the service is connected; `snapshot`: the newest one, or null.
  update(reachable, snapshot) {
    if (snapshot !== this.snapshot) this.shots.wake();
    this.reachable = reachable;
    this.snapshot = snapshot;
    if (snapshot === null) return;
    this.newest.update(snapshot);
    const sequence = snapshot.sequence ?? null;
    this.open = snapshot.captures.find((each) => typeof each.exposure_remaining_seconds === "number") ?? null;
    const counted = this.open?.exposure_remaining_seconds ?? (sequence?.phase === "countdown" ? sequence.countdown : null);
    this.countdown.update(reachable && counted !== null ? Math.ceil(counted) : null, this.open !== null);
    // A single photo's countdown appears over the picture, and needs no progress bar.
    const alone = sequence?.total === 1 && (sequence.countdown !== null || sequence.phase !== "countdown");
    this.sequence.hidden = sequence === null || alone;
    this.fields.hide(sequence !== null);
    if (sequence !== null) {
      const { title, detail } = progress(sequence);
      write(this.kind, title);
      write(this.far, detail);
      this.bar.max = sequence.total;
      this.bar.value = sequence.saved + sequence.failed + sequence.missed;
      this.stop.disabled = sequence.phase === "stopping";
    }
    const taken = snapshot.captures.find((each) => each.session_id === this.session && isTaken(each));
    if (taken !== undefined && this.signals.exposed(taken.id)) this.review.close();
    this.mark();
  }

  key(event) {
    const plain = !event.repeat && !event.ctrlKey && !event.altKey && !event.metaKey;
    // Focused elements handle these keys themselves.
    const elsewhere = event.target === document.body || event.target === document.documentElement;
    if (plain && elsewhere && SHUTTER_KEYS.has(event.key)) {
      event.preventDefault();
      this.press();
    }
  }

  // One press, one exposure (or one sequence): further presses are ignored until it ends, or until the sequence has started.
  async press() {
    if (this.blocked) return;
    this.signals.wake();
    this.busy = true;
    this.mark();
    this.review.close();
    try {
      if (!this.reachable) throw new Refused("unreachable", "");
      const { capture, sequence } = requestOf(this.mode.select.value, this.fields.values, Number(this.timer.select.value));
      if (capture !== undefined) await this.single(capture);
      else await this.several(sequence);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.fail(error);
    } finally {
      this.busy = false;
      this.mark();
    }
  }

  async single(wanted) {
    this.showResult("soft", t("capture.taking"));
    this.saved(await this.shots.take(wanted));
  }

  async several(request) {
    this.showResult("soft", t("capture.beginning"));
    const { id } = await this.shots.begin(request);
    this.showResult("soft", "");
    const report = this.shots.report(id);
    if (request.kind === "self_timer") return this.ended(await report);
    // The service runs the sequence; single photos may be taken meanwhile.
    report.then(
      (ended) => this.ended(ended),
      (error) => this.fail(error),
    );
  }

  saved(record) {
    this.signals.exposed(record.id); // no snapshot said so: this machine or the network was slow
    const seconds = record.capture_time_ms ? tenths(record.capture_time_ms / 1000) : null;
    const name = record.files[0]?.path.split("/").pop() ?? "";
    const short = reasonText({ reason: record.saved_reason, reason_code: record.saved_reason_code, reason_values: {} });
    const note = [record.warning, short].filter(Boolean).join("; ") || name;
    this.showResult("good", seconds === null ? t("capture.saved") : t("capture.saved_after", { seconds }), note);
  }

  ended(report) {
    const frame = report.frames[0];
    if (report.kind === "self_timer" && report.phase === "done" && report.total === 1) {
      if (frame?.phase === "failed") return this.fail(new Refused(frame.error_type ?? "camera_fault", frame.error ?? ""));
      return this.showResult("good", t("capture.saved"), frame?.warning ?? frame?.paths[0]?.split("/").pop() ?? "");
    }
    const { good, text, note } = ending(report);
    this.showResult(good ? "good" : "wrong", text, note);
  }

  fail(error) {
    this.signals.failed();
    const { reason, next } = failure(error);
    this.showResult("wrong", t("capture.no_photo", { reason }), next);
    this.text.title = error.message;
  }

  async cancel() {
    const sequence = this.snapshot?.sequence;
    if (!this.open && !sequence) return;
    this.stop.disabled = true;
    try {
      await (this.open ? this.shots.close(this.open.id) : this.shots.cancel(sequence.id));
    } catch (error) {
      if (error.kind !== "camera_busy") this.showResult("wrong", t("capture.not_cancelled"), failure(error).next);
    }
  }

  reviewed(photo) {
    if (photo?.pixels && isLargest(this.snapshot.settings?.values.image_format)) this.onPixels(photo.pixels);
    const own = photo?.record.session_id === this.session && photo.record.sequence_id === null;
    this.review.show(photo, own || (photo?.record.kind === "self_timer" && photo.record.session_id === this.session));
  }

  showResult(tone, text, note = "") {
    this.text.dataset.tone = tone;
    this.text.title = "";
    write(this.text, text);
    write(this.note, note);
  }

  // Whether a press would be ignored now.
  get blocked() {
    return this.busy || this.forbidden || (this.snapshot?.sequence && !isSingle(this.mode.select.value, Number(this.timer.select.value)));
  }

  mark() {
    // Not `disabled`: keyboard users would lose the focus.
    const blocked = String(Boolean(this.blocked));
    if (this.shutter.getAttribute("aria-disabled") !== blocked) this.shutter.setAttribute("aria-disabled", blocked);
  }

  // Shows the fields of the selected mode, and names the shutter after it.
  offer() {
    const mode = this.mode.select.value;
    const name = t(`capture.begin_${mode}`);
    this.shutter.setAttribute("aria-label", name);
    this.shutter.title = t("capture.shutter_hint", { name });
    this.fields.show(mode);
    this.timer.select.disabled = !("request" in MODES[mode]);
    this.mark();
  }

  toggle(name) {
    const pressed = this.choices.values[name];
    const button = element(
      "button",
      { type: "button", class: `toggle toggle-${name}`, id: `toggle-${name}`, "aria-pressed": String(pressed), title: t(`capture.${name}`) },
      element("span", { class: "toggle-text" }, t(`capture.${name}`)),
    );
    button.addEventListener("click", () => {
      this.choices.set(name, !this.choices.values[name]);
      button.setAttribute("aria-pressed", String(this.choices.values[name]));
      this.signals.wake();
    });
    return button;
  }
}

function choice(id, name, options) {
  const select = element("select", { id }, ...options.map(([value, text]) => element("option", { value }, text)));
  return { select, label: element("label", { class: "capture-choice" }, element("span", { class: "capture-choice-name" }, name), select) };
}
