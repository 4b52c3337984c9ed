// Messages about captures and sequences: errors with the next step, progress, results. No I/O, no clock.

import { errorText, sentence } from "../i18n/reasons.js";
import { has, t } from "../i18n/translate.js";

// `error`: a `Refused`. Returns {reason, next}: why it failed, and what to do.
export function failure(error) {
  if (error.kind === "guest_limit") {
    const { field, limit, pin_lifts: pinLifts } = error.problem;
    const reason = t(field === "count" ? "failure.guest_photos" : "failure.guest_seconds", { limit });
    return { reason, next: t(pinLifts ? "failure.pin_needed_next" : "failure.ask_operator") };
  }
  const next = `failure.${error.kind}_next`;
  return { reason: errorText(error), next: t(has(next) ? next : "failure.next") };
}

// The progress of a sequence, from the snapshot's `sequence`.
export function progress(sequence) {
  const { kind, phase, total, saved, failed, missed, next_in_seconds: next, remaining_seconds: left } = sequence;
  const parts = [t("capture.of_total", { done: saved, total })];
  if (failed > 0) parts.push(t("capture.failed_count", { count: failed }));
  if (missed > 0) parts.push(t("capture.missed_count", { count: missed }));
  if (phase === "stopping") parts.push(t("capture.stopping"));
  else if (phase === "waiting" && next >= 1) parts.push(t("capture.next_in", { time: span(next) }));
  if (left >= 2 && total > 1 && phase !== "stopping") parts.push(t("capture.left", { time: span(left) }));
  return { title: t(`capture.kind_${kind}`), detail: parts.join(" · ") };
}

// The result of a sequence, from its report. Returns {good, text, note}.
export function ending(report) {
  const { kind, phase, total, saved, failed, missed } = report;
  const facts = { kind: t(`capture.kind_${kind}`), done: saved, total };
  if (phase === "cancelled") return { good: true, text: t("capture.ended_cancelled", facts), note: sentence(report.warning ?? "") };
  const why = causeOf(report);
  if (phase === "failed") return { good: false, text: t("capture.ended_failed", facts), note: why };
  const good = failed === 0 && missed === 0;
  return { good, text: t("capture.ended_done", facts), note: good ? sentence(report.warning ?? "") : why };
}

// Why a sequence is incomplete: its own error, else that of its first failed frame, else the reason of its first gap.
function causeOf(report) {
  const failed = [report, ...report.frames].find(({ error }) => error);
  if (failed === undefined) return sentence(report.gaps[0]?.reason);
  return errorText({ kind: failed.error_type, message: failed.error }, { detailed: true });
}

// "just now", "3 s", "5 min": how long ago, rounded down.
export function ago(ms) {
  const seconds = Math.floor(ms / 1000);
  return seconds < 1 ? t("capture.just_now") : t("capture.ago", { time: span(seconds) });
}

// A duration in a suitable unit.
export function span(seconds) {
  const whole = Math.floor(seconds);
  if (whole < 90) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : t("capture.days", { count: Math.floor(hours / 24) });
}
