// The page: puts what the connection, the picture and the shutter say where people see it.

import { LiveConnection } from "./live.js";
import { Picture } from "./picture.js";
import { CaptureBar } from "./capture/bar.js";
import { Drawer } from "./controls/drawer.js";
import { situation } from "./words.js";

const BASE = "/api/v1/camera";
const AGE_EVERY_MS = 400;

const part = (id) => document.getElementById(id);
const page = part("page");
let ageSaidAt = -Infinity;
let drawn = null; // the frame on the canvas: {frame, at, generation}

const picture = new Picture(part("picture"), (frame, generation) => {
  drawn = { frame, at: performance.now(), generation };
  page.dataset.picture = "some";
  render();
});

const connection = new LiveConnection(BASE, {
  onFrame: (frame, generation) => picture.show(frame, generation),
  onChange: () => render(),
});

const reachable = () => connection.link.phase === "open";

const capture = new CaptureBar({ bar: part("capture"), stage: part("frame"), base: BASE });
const drawer = new Drawer({ root: part("controls"), side: capture.side, base: BASE });

function render() {
  const now = performance.now();
  const { link, snapshot } = connection;
  const fresh = drawn !== null && drawn.generation === connection.generation;
  const view = situation({
    link,
    snapshot,
    sinceMs: now - connection.snapshotAt,
    drawnMs: fresh ? now - drawn.at : null,
  });
  capture.update(reachable(), snapshot);
  drawer.update(reachable(), snapshot);
  page.dataset.state = view.state;
  page.dataset.tone = view.tone;
  say("state", view.badge);
  say("notice-title", view.title);
  say("notice-detail", view.detail);
  say("notice-wait", view.wait);
  sayAge(view.state === "live" ? connection.ageOf(drawn.frame, drawn.at) : null, now);
  if (snapshot !== null) {
    say("camera", snapshot.camera.model ?? "–");
    // Figures start afresh after a capture: none yet is not nought.
    say("rate", view.state === "live" && snapshot.live.fps >= 0.5 ? `${snapshot.live.fps.toFixed(0)} fps` : "–");
    say("viewers", link.phase === "open" ? String(snapshot.live.viewers) : "–");
    say("photos", String(snapshot.capture_count));
  }
}

// A figure that changes with every frame cannot be read.
function sayAge(ageMs, now) {
  if (ageMs !== null && now - ageSaidAt < AGE_EVERY_MS) return;
  ageSaidAt = now;
  say("age", ageMs === null ? "" : `${Math.round(ageMs)} ms old`);
}

// Text that has not changed is not touched: screen readers would say it again.
function say(id, text) {
  const element = part(id);
  if (element.textContent !== text) element.textContent = text;
}

page.dataset.picture = "none";
connection.start();
