// Formats times, sizes and names in the page's language.

import { language, t, tenths } from "../i18n/translate.js";

const clock = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" });
const STATES = new Set([
  "starting", "ready", "capturing", "recovering", "absent", "blocked", "disconnected", "off", "running", "paused",
  "unsupported", "queued", "preparing", "exposing", "downloading", "countdown", "waiting", "shooting", "stopping",
]);

export const at = (moment) => clock.format(new Date(moment));

export function state(name) {
  return STATES.has(name) ? t(`operator.state_${name}`) : String(name);
}

export function seconds(count) {
  return t("operator.seconds", { count: count < 10 ? tenths(Number(count)) : Number(count).toFixed(0) });
}

export function gigabytes(bytes) {
  return `${(bytes / 1e9).toLocaleString(language, { maximumFractionDigits: 1 })} GB`;
}

export function number(count) {
  return count === null || count === undefined ? "–" : Number(count).toLocaleString(language);
}

export function known(value, form = String) {
  return value === null || value === undefined ? t("operator.not_known") : form(value);
}
