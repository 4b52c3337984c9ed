// Why the camera or the service refused a change, and what is possible instead. No I/O.

import { errorText, sentence } from "../i18n/reasons.js";
import { t } from "../i18n/translate.js";

const NEAREST = /nearest: ([^;]*)/; // part of the service's error text
const SHOWN = 6;

export function refusal(error) {
  switch (error.kind) {
    case "unreachable":
      return t("controls.unreachable");
    case "pin_needed":
      return t("controls.locked");
    case "autofocus_failed":
      return t("controls.no_focus");
    case "bad_input": {
      const near = NEAREST.exec(error.message)?.[1] ?? (error.problem.choices ?? []).slice(0, SHOWN).join(", ");
      return near ? t("controls.not_taken_nearest", { near }) : t("controls.not_taken", { reason: sentence(error.message) });
    }
    default:
      return t("controls.not_taken", { reason: errorText(error, { detailed: true }) });
  }
}
