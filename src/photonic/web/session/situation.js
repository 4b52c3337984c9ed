// What the page shows: one situation, derived from the connection and the status. No I/O, no clock.

import { reasonText } from "../i18n/reasons.js";
import { language, t, tenths } from "../i18n/translate.js";

const STALE_MS = 2000;

const CAMERA = {
  starting: t("live.camera_starting"),
  recovering: t("live.camera_recovering"),
  absent: t("live.camera_absent"),
  blocked: t("live.camera_blocked"),
  disconnected: t("live.camera_disconnected"),
};

// What to do, if a person has to act.
const ADVICE = {
  absent: t("live.advice_absent"),
  blocked: t("live.advice_blocked"),
  disconnected: t("live.advice_disconnected"),
};

const LIVE = {
  off: t("live.starting"),
  starting: t("live.starting"),
  recovering: t("live.recovering"),
  unsupported: t("live.unsupported"),
};

const PHASE = {
  queued: t("live.phase_queued"),
  preparing: t("live.phase_preparing"),
  exposing: t("live.phase_exposing"),
  downloading: t("live.phase_downloading"),
};

const REFUSED = { 401: t("live.refused_sign_in"), 403: t("live.refused_role"), 404: t("live.refused_camera") };
const FOR_ACCESS = new Set([401, 403]); // what another sign-in may change

const SCALES = { half: t("live.scale_half"), quarter: t("live.scale_quarter") };
const WRONG = new Set(["offline", "refused", "absent", "blocked", "disconnected"]);
const CUT_OFF = new Set(["offline", "refused"]);

const phaseText = (phase) => PHASE[phase] ?? phase;

// `link`, `snapshot`: as LiveConnection has them. `sinceMs`: time since the snapshot arrived. `drawnMs`: time since a frame was
// drawn; null if this connection has had none. Returns {state, tone, badge, title, detail, wait, retry, signIn}; `retry`:
// whether to offer an immediate attempt, `signIn`: whether to offer the sign-in.
export function situation({ link, snapshot, sinceMs, drawnMs }) {
  const shown = link.phase === "open" ? ofService(snapshot, sinceMs, drawnMs) : ofLink(link, snapshot, sinceMs);
  const tone = WRONG.has(shown.state) ? "wrong" : "well";
  return { badge: shown.title, detail: "", wait: "", signIn: false, ...shown, tone, retry: CUT_OFF.has(shown.state) };
}

function ofLink(link, snapshot, sinceMs) {
  const next = link.phase === "waiting" ? t("live.next_try", { time: seconds(link.nextTryMs) }) : t("live.trying");
  if (link.phase === "refused") {
    const detail = REFUSED[link.status] ?? t("live.refused_other");
    const title = link.status === 401 ? t("live.not_signed_in") : t("live.refused");
    const wait = t("live.asking_again", { time: seconds(link.nextTryMs) });
    return { state: "refused", title, detail, wait, signIn: FOR_ACCESS.has(link.status) };
  }
  if (link.phase === "resting" || (link.first && link.phase === "dialing")) return { state: "connecting", title: t("live.connecting") };
  const capture = snapshot === null ? undefined : running(snapshot);
  if (capture && (snapshot.live.resume_by_seconds ?? 0) * 1000 > sinceMs) {
    return { ...ofCapture(capture, snapshot, sinceMs), detail: t("live.lost_meanwhile", { next }) };
  }
  const detail = link.lostMs === null ? "" : t("live.lost_since", { time: seconds(link.lostMs) });
  return { state: "offline", badge: t("live.offline"), title: t("live.no_service"), detail, wait: next };
}

function ofService(snapshot, sinceMs, drawnMs) {
  const { camera, live } = snapshot;
  if (camera.state in CAMERA) {
    // The reason may end with a long technical detail in English.
    const detail = [ADVICE[camera.state], reasonText(camera)].filter(Boolean).join(" ");
    const wait = camera.rung > 0 ? t("live.rung", { rung: camera.rung }) : "";
    return { state: camera.state, title: CAMERA[camera.state], detail, wait };
  }
  const capture = running(snapshot);
  if (live.state === "paused") {
    if (capture) return ofCapture(capture, snapshot, sinceMs);
    if (snapshot.download) return ofDownload(snapshot.download);
    return { state: "paused", title: t("live.paused"), detail: reasonText(live), wait: resumes(snapshot, sinceMs) };
  }
  if (live.state in LIVE) {
    return { state: live.state, title: LIVE[live.state], detail: reasonText(live) };
  }
  if (drawnMs === null) {
    return { state: "starting", title: t("live.first_picture") };
  }
  if (drawnMs > STALE_MS) {
    return { state: "stale", title: t("live.no_picture"), wait: t("live.for_time", { time: seconds(drawnMs) }) };
  }
  if (capture) return { state: "live", title: t("live.live_with", { what: phaseText(capture.phase) }) };
  const scale = SCALES[snapshot.viewer?.scale];
  return { state: "live", title: scale === undefined ? t("live.live") : t("live.live_with", { what: scale }) };
}

function ofCapture(capture, snapshot, sinceMs) {
  return { state: "capturing", badge: t("live.taking"), title: phaseText(capture.phase), wait: resumes(snapshot, sinceMs) };
}

function ofDownload(download) {
  // Only the operator is told the name.
  const title = download.name ? t("live.fetching", { name: download.name }) : t("live.fetching_file");
  return { state: "paused", badge: t("live.paused"), title, wait: downloadProgress(download) };
}

function running(snapshot) {
  return snapshot.captures.find((capture) => capture.phase !== "queued") ?? snapshot.captures[0];
}

function resumes(snapshot, sinceMs) {
  const left = (snapshot.live.resume_by_seconds ?? 0) * 1000 - sinceMs;
  return left > 0 ? t("live.back_within", { time: seconds(left) }) : t("live.back_soon");
}

// How far the download of a large file is, from the snapshot's `download`.
export function downloadProgress({ done_bytes: done, size_bytes: size, remaining_seconds: left }) {
  const facts = { done: megabytes(done), size: megabytes(size) };
  if (left === null || left === undefined) return t("live.fetched", facts);
  return t("live.fetched_left", { ...facts, time: `${Math.ceil(left)} s` });
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toLocaleString(language, { maximumFractionDigits: 0 })} MB`;
}

function seconds(ms) {
  return ms < 10_000 ? `${tenths(ms / 1000)} s` : `${Math.ceil(ms / 1000)} s`;
}
