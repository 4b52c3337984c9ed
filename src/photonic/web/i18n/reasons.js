// Why something is as it is, in the page's language: reasons of the status, and errors of refused requests. The service
// sends a code beside its English text; a code that this page does not know is shown as that text.

import { has, t } from "./translate.js";

// Of these errors, the service's text names what exactly was refused.
const DETAILED = new Set(["blocked", "camera_fault", "host_storage_unusable", "not_supported"]);

// The reason in a part of the status ({reason, reason_code, reason_values}) as a sentence; "" if there is no reason.
export function reasonText({ reason, reason_code: code, reason_values: values }) {
  const key = `reason.${code}`;
  return sentence(code && has(key, values ?? {}) ? t(key, values ?? {}) : reason);
}

// Where a photo is saved ({saved, saved_reason, saved_reason_code}), and why it is not as safe as configured.
export function savedText({ saved: level, saved_reason: reason, saved_reason_code }) {
  const why = reasonText({ reason, reason_code: saved_reason_code, reason_values: {} });
  return [levelText(level), why].filter(Boolean).join("\n");
}

// A level of "saved", such as "disk+second"; one that this page does not know is shown as it is.
export function levelText(level) {
  const key = `saved.${level?.split("+").at(-1)}`;
  return has(key) ? t(key) : level ?? "";
}

// An error as a sentence. `kind`: the type of its problem; `message`: the service's text. `detailed`: also that text, if
// the kind alone does not explain the error.
export function errorText({ kind, message }, { detailed = false } = {}) {
  const key = `failure.${kind}`;
  if (!has(key)) return sentence(message);
  return detailed && DETAILED.has(kind) ? `${t(key)} ${sentence(message)}`.trim() : t(key);
}

export function sentence(text) {
  if (!text) return "";
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
