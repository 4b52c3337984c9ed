// Wires the booth page: the connection, the picture, the booth, and the operator's way out.

import { signInAddress } from "../access/me.js";
import { base, beside } from "../camera.js";
import { LiveConnection } from "../live.js";
import { Picture } from "../picture.js";
import { t } from "../i18n/translate.js";
import { Booth } from "./booth.js";
import { Exit } from "./exit.js";
import { optionsOf } from "./options.js";

const OPTIONS = { timer: [5, 1, 30], review: [10, 3, 120], mirror: true, sound: true, flash: true };

const part = (id) => document.getElementById(id);
const page = part("page");
const options = { ...optionsOf(location.search, OPTIONS), session: sessionOf(location.search) };

part("photo").setAttribute("aria-label", t("capture.last_photo"));
part("touch").textContent = t("booth.touch");
part("again").textContent = t("booth.again");
part("next").textContent = t("booth.next");
part("sign-in").textContent = t("access.sign_in");
part("operator").textContent = t("booth.operator");
page.dataset.mirror = String(options.mirror);

const picture = new Picture(part("picture"), () => {
  page.dataset.picture = "some";
});
const booth = new Booth({ page, part, base, options });
new Exit(part("exit"), part("operator"), beside("/"));

const connection = new LiveConnection(base, {
  onFrame: (frame, generation) => picture.show(frame, generation),
  onChange: () => {
    const { phase, status } = connection.link;
    const stranger = phase === "refused" && (status === 401 || status === 403);
    part("sign-in").hidden = !stranger;
    if (stranger) part("sign-in").href = signInAddress();
    booth.update(phase === "open", connection.snapshot, stranger ? t(status === 401 ? "live.not_signed_in" : "live.refused_role") : null);
  },
});
connection.start();

// If the service accepts it; otherwise the default.
function sessionOf(search) {
  const asked = new URLSearchParams(search).get("session") ?? "";
  return /^[A-Za-z0-9_-]{1,64}$/.test(asked) ? asked : "booth";
}
