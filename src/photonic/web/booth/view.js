// Live view alone, for a browser source or a second screen (/view?kiosk=1). It reconnects indefinitely. An outdated frame
// disappears, so that the background is visible.

import { signInAddress } from "../access/me.js";
import { base } from "../camera.js";
import { LiveConnection } from "../live.js";
import { Picture } from "../picture.js";
import { t } from "../i18n/translate.js";
import { optionsOf } from "./options.js";

const OPTIONS = { kiosk: false, mirror: false, fit: ["contain", "cover"], hold: [5, 0, 86_400] };
const TICK_MS = 250;

const page = document.getElementById("page");
const canvas = document.getElementById("picture");
const state = document.getElementById("state");
const signIn = document.getElementById("sign-in");
const options = optionsOf(location.search, OPTIONS);
let drawnAt = -Infinity;

canvas.setAttribute("aria-label", t("view.picture"));
document.documentElement.dataset.kiosk = String(options.kiosk);
page.dataset.mirror = String(options.mirror);
page.dataset.fit = options.fit;

const picture = new Picture(canvas, () => {
  drawnAt = performance.now();
  render();
});

const connection = new LiveConnection(base, {
  onFrame: (frame, generation) => picture.show(frame, generation),
  onChange: () => render(),
});

// Pauses for photos are announced: the last frame stays meanwhile, as on the other pages.
function render() {
  const fresh = performance.now() - drawnAt <= options.hold * 1000;
  const held = drawnAt > -Infinity && connection.snapshot?.live.state === "paused" && connection.link.phase === "open";
  page.dataset.picture = fresh || held ? "some" : "none";
  page.dataset.state = connection.link.phase;
  const text = fresh ? "" : reasonOf(connection.link);
  signIn.hidden = fresh || !isStranger(connection.link);
  if (!signIn.hidden) signIn.href = signInAddress();
  if (state.textContent !== text) state.textContent = text;
}

const isStranger = ({ phase, status }) => phase === "refused" && (status === 401 || status === 403);

function reasonOf(link) {
  if (isStranger(link)) return t(link.status === 401 ? "live.not_signed_in" : "live.refused_role");
  return t(link.phase === "open" ? "view.no_picture" : "view.no_connection");
}

signIn.textContent = t("access.sign_in");
connection.start();
setInterval(render, TICK_MS);
