// What the page says: one situation out of what is known, in plain words. No I/O, no clock.

const STALE_MS = 2000;

const CAMERA = {
  starting: "Starting the camera",
  recovering: "Bringing the camera back",
  asleep: "The camera sleeps",
  absent: "No camera",
  blocked: "The camera cannot be used",
  disconnected: "The camera was let go",
};

const LIVE = {
  off: "Starting live view",
  starting: "Starting live view",
  recovering: "Bringing live view back",
  unsupported: "No live view on this camera",
};

const PHASE = {
  queued: "Waiting its turn",
  preparing: "Getting ready",
  exposing: "Exposing",
  downloading: "Fetching the photo",
};

const REFUSED = {
  401: "This service wants a token, and this page has none.",
  403: "This service does not take this page.",
  404: "This service has no such camera.",
};

const WRONG = new Set(["offline", "refused", "absent", "blocked", "disconnected"]);

export const phaseText = (phase) => PHASE[phase] ?? phase;

// `link`, `snapshot`: as LiveConnection has them. `sinceMs`: since the snapshot came. `drawnMs`: since a frame was drawn,
// null when none was on this connection. Gives {state, tone, badge, title, detail, wait}.
export function situation({ link, snapshot, sinceMs, drawnMs }) {
  const said = link.phase === "open" ? ofService(snapshot, sinceMs, drawnMs) : ofLink(link, snapshot, sinceMs);
  return { badge: said.title, detail: "", wait: "", ...said, tone: WRONG.has(said.state) ? "wrong" : "well" };
}

function ofLink(link, snapshot, sinceMs) {
  const next = link.phase === "waiting" ? `next try in ${seconds(link.nextTryMs)}` : "trying now";
  if (link.phase === "refused") {
    const detail = REFUSED[link.status] ?? "The service refuses this page.";
    return { state: "refused", title: "Not let in", detail, wait: `asking again in ${seconds(link.nextTryMs)}` };
  }
  if (link.first && link.phase === "dialing") return { state: "connecting", title: "Connecting" };
  const capture = snapshot === null ? undefined : running(snapshot);
  if (capture && (snapshot.live.resume_by_seconds ?? 0) * 1000 > sinceMs) {
    return { ...ofCapture(capture, snapshot, sinceMs), detail: `The connection was lost; ${next}.` };
  }
  return { state: "offline", badge: "Offline", title: "No connection to the service", wait: next };
}

function ofService(snapshot, sinceMs, drawnMs) {
  const { camera, live } = snapshot;
  if (camera.state in CAMERA) {
    return { state: camera.state, title: CAMERA[camera.state], detail: sentence(camera.reason) };
  }
  const capture = running(snapshot);
  if (live.state === "paused") {
    return capture
      ? ofCapture(capture, snapshot, sinceMs)
      : { state: "paused", title: "Live view pauses", detail: sentence(live.reason), wait: resumes(snapshot, sinceMs) };
  }
  if (live.state in LIVE) {
    return { state: live.state, title: LIVE[live.state], detail: sentence(live.reason) };
  }
  if (drawnMs === null) {
    return { state: "starting", title: "Waiting for the first picture" };
  }
  if (drawnMs > STALE_MS) {
    return { state: "stale", badge: "No new picture", title: "No new picture", wait: `for ${seconds(drawnMs)}` };
  }
  if (capture) return { state: "live", title: `Live · ${phaseText(capture.phase).toLowerCase()}` };
  const scale = snapshot.viewer?.scale ?? "full";
  return { state: "live", title: scale === "full" ? "Live" : `Live · ${scale} size`, detail: sentence(snapshot.viewer?.reason) };
}

function ofCapture(capture, snapshot, sinceMs) {
  return { state: "capturing", badge: "Taking a photo", title: phaseText(capture.phase), wait: resumes(snapshot, sinceMs) };
}

function running(snapshot) {
  return snapshot.captures.find((capture) => capture.phase !== "queued") ?? snapshot.captures[0];
}

function resumes(snapshot, sinceMs) {
  const left = (snapshot.live.resume_by_seconds ?? 0) * 1000 - sinceMs;
  return left > 0 ? `live view is back within ${seconds(left)}` : "live view should be back any moment";
}

export function seconds(ms) {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.ceil(ms / 1000)} s`;
}

export function sentence(text) {
  if (!text) return "";
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
