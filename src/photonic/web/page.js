// The main page: shows the state of the connection, live view and the shutter.

import { signInAddress } from "./access/me.js";
import { base } from "./camera.js";
import { LiveConnection } from "./live.js";
import { Picture } from "./picture.js";
import { looking, quarterTurns } from "./picture/looking.js";
import { situation } from "./session/situation.js";
import "./style/theme.js";
import { t } from "./i18n/translate.js";

const AGE_EVERY_MS = 400;
const AGAIN_MS = 5000;
const WORKBENCH_WITHIN_MS = 600; // without a frame until then, the rest loads anyway

const part = (id) => document.getElementById(id);
const page = part("page");
let ageShownAt = -Infinity;
let drawn = null; // the frame on the canvas: {frame, at, generation}
let workbench = null; // shutter, controls, tools; loaded later
let fetching = false;

const picture = new Picture(
  part("picture"),
  (frame, generation) => {
    drawn = { frame, at: performance.now(), generation };
    page.dataset.picture = "some";
    render();
    fetchWorkbench();
  },
  (judged) => workbench?.judged(judged),
);

const connection = new LiveConnection(base, {
  onFrame: (frame, generation) => picture.show(frame, generation),
  onChange: () => render(),
});

const reachable = () => connection.link.phase === "open";

// Live view first: everything else would delay the first frame.
async function fetchWorkbench() {
  if (fetching) return;
  fetching = true;
  try {
    const { Workbench } = await import("./workbench.js");
    const [frame, layer, bar, controls] = ["frame", "layer", "capture", "controls"].map(part);
    workbench = new Workbench({ page, frame, layer, bar, controls, picture, base });
    page.dataset.workbench = "ready";
    render();
  } catch (error) {
    // Browsers do not retry a module that failed to load: reload the page once the service is reachable.
    console.error("could not load the controls:", error);
    setInterval(() => reachable() && location.reload(), AGAIN_MS);
  }
}

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
  // The first frame comes before the camera's abilities.
  workbench?.update(reachable(), snapshot, drawn !== null || snapshot?.live.state === "unsupported");
  page.dataset.state = view.state;
  page.dataset.tone = view.tone;
  setText("state", view.badge);
  setText("notice-title", view.title);
  setText("notice-detail", view.detail);
  setText("notice-wait", view.wait);
  part("retry").hidden = !view.retry;
  part("sign-in").hidden = !view.signIn;
  if (view.signIn) part("sign-in").href = signInAddress();
  setText("way", link.plain ? t("live.plain") : "");
  showAge(view.state === "live" ? connection.ageOf(drawn.frame, drawn.at) : null, now);
  if (snapshot !== null) {
    setText("camera", snapshot.camera.model ?? "–");
    // The frame rate restarts after a capture: unknown is not zero.
    setText("rate", view.state === "live" && snapshot.live.fps >= 0.5 ? `${snapshot.live.fps.toFixed(0)} fps` : "–");
    setText("viewers", link.phase === "open" ? String(snapshot.live.viewers) : "–");
    setText("photos", String(snapshot.capture_count ?? "–"));
  }
}

// A number that changes with every frame is unreadable.
function showAge(ageMs, now) {
  if (ageMs !== null && now - ageShownAt < AGE_EVERY_MS) return;
  ageShownAt = now;
  setText("age", ageMs === null ? "" : t("live.age", { ms: Math.round(ageMs) }));
}

// Unchanged text is not touched: screen readers would read it again.
function setText(id, text) {
  const element = part(id);
  if (element.textContent !== text) element.textContent = text;
}

part("heading").textContent = t("live.region");
part("picture").setAttribute("aria-label", t("live.picture"));
part("retry").textContent = t("live.retry");
part("retry").addEventListener("click", () => connection.retry());
for (const name of document.querySelectorAll("[data-i18n]")) name.textContent = t(name.dataset.i18n);
// Restore the view options before the first frame.
picture.turns = quarterTurns();
part("layer").dataset.mirror = String(looking.values.mirror);
page.dataset.picture = "none";
connection.start();
setTimeout(fetchWorkbench, WORKBENCH_WITHIN_MS);
