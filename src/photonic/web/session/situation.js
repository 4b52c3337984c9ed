// What the page says: one situation out of what is known, in plain words. No I/O, no clock.

import { say } from "../words/words.js";

const STALE_MS = 2000;

const CAMERA = {
  starting: say("live.camera_starting"),
  recovering: say("live.camera_recovering"),
  absent: say("live.camera_absent"),
  blocked: say("live.camera_blocked"),
  disconnected: say("live.camera_disconnected"),
};

// What to do, where somebody has to do something.
const ADVICE = {
  absent: say("live.advice_absent"),
  blocked: say("live.advice_blocked"),
  disconnected: say("live.advice_disconnected"),
};

const LIVE = {
  off: say("live.starting"),
  starting: say("live.starting"),
  recovering: say("live.recovering"),
  unsupported: say("live.unsupported"),
};

const PHASE = {
  queued: say("live.phase_queued"),
  preparing: say("live.phase_preparing"),
  exposing: say("live.phase_exposing"),
  downloading: say("live.phase_downloading"),
};

const REFUSED = { 401: say("live.refused_token"), 403: say("live.refused_page"), 404: say("live.refused_camera") };

const SCALES = { half: say("live.scale_half"), quarter: say("live.scale_quarter") };
const WRONG = new Set(["offline", "refused", "absent", "blocked", "disconnected"]);
const CUT_OFF = new Set(["offline", "refused"]);

const phaseText = (phase) => PHASE[phase] ?? phase;

// `link`, `snapshot`: as LiveConnection has them. `sinceMs`: since the snapshot came. `drawnMs`: since a frame was drawn,
// null when none was on this connection. Gives {state, tone, badge, title, detail, wait, retry}; `retry`: whether dialing
// now is worth offering.
export function situation({ link, snapshot, sinceMs, drawnMs }) {
  const said = link.phase === "open" ? ofService(snapshot, sinceMs, drawnMs) : ofLink(link, snapshot, sinceMs);
  const tone = WRONG.has(said.state) ? "wrong" : "well";
  return { badge: said.title, detail: "", wait: "", ...said, tone, retry: CUT_OFF.has(said.state) };
}

function ofLink(link, snapshot, sinceMs) {
  const next = link.phase === "waiting" ? say("live.next_try", { time: seconds(link.nextTryMs) }) : say("live.trying");
  if (link.phase === "refused") {
    const detail = REFUSED[link.status] ?? say("live.refused_other");
    return { state: "refused", title: say("live.refused"), detail, wait: say("live.asking_again", { time: seconds(link.nextTryMs) }) };
  }
  if (link.phase === "resting" || (link.first && link.phase === "dialing")) return { state: "connecting", title: say("live.connecting") };
  const capture = snapshot === null ? undefined : running(snapshot);
  if (capture && (snapshot.live.resume_by_seconds ?? 0) * 1000 > sinceMs) {
    return { ...ofCapture(capture, snapshot, sinceMs), detail: say("live.lost_meanwhile", { next }) };
  }
  const detail = link.lostMs === null ? "" : say("live.lost_since", { time: seconds(link.lostMs) });
  return { state: "offline", badge: say("live.offline"), title: say("live.no_service"), detail, wait: next };
}

function ofService(snapshot, sinceMs, drawnMs) {
  const { camera, live } = snapshot;
  if (camera.state in CAMERA) {
    const detail = [sentence(camera.reason), ADVICE[camera.state]].filter(Boolean).join(" ");
    const wait = camera.rung > 0 ? say("live.rung", { rung: camera.rung }) : "";
    return { state: camera.state, title: CAMERA[camera.state], detail, wait };
  }
  const capture = running(snapshot);
  if (live.state === "paused") {
    return capture
      ? ofCapture(capture, snapshot, sinceMs)
      : { state: "paused", title: say("live.paused"), detail: sentence(live.reason), wait: resumes(snapshot, sinceMs) };
  }
  if (live.state in LIVE) {
    return { state: live.state, title: LIVE[live.state], detail: sentence(live.reason) };
  }
  if (drawnMs === null) {
    return { state: "starting", title: say("live.first_picture") };
  }
  if (drawnMs > STALE_MS) {
    return { state: "stale", title: say("live.no_picture"), wait: say("live.for_time", { time: seconds(drawnMs) }) };
  }
  if (capture) return { state: "live", title: say("live.live_with", { what: phaseText(capture.phase) }) };
  const scale = SCALES[snapshot.viewer?.scale];
  return { state: "live", title: scale === undefined ? say("live.live") : say("live.live_with", { what: scale }) };
}

function ofCapture(capture, snapshot, sinceMs) {
  return { state: "capturing", badge: say("live.taking"), title: phaseText(capture.phase), wait: resumes(snapshot, sinceMs) };
}

function running(snapshot) {
  return snapshot.captures.find((capture) => capture.phase !== "queued") ?? snapshot.captures[0];
}

function resumes(snapshot, sinceMs) {
  const left = (snapshot.live.resume_by_seconds ?? 0) * 1000 - sinceMs;
  return left > 0 ? say("live.back_within", { time: seconds(left) }) : say("live.back_soon");
}

function seconds(ms) {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.ceil(ms / 1000)} s`;
}

function sentence(text) {
  if (!text) return "";
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
