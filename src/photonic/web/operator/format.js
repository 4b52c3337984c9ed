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

// A duration in the largest unit that fits: "5 min", "3 h", "2 days".
export function durationText(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return `${Math.max(0, Math.round(seconds))} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : t("capture.days", { count: Math.round(hours / 24) });
}

export const agoText = (seconds) => (seconds < 60 ? t("capture.just_now") : t("capture.ago", { time: durationText(seconds) }));

const BROWSERS = [["Edg/", "Edge"], ["OPR/", "Opera"], ["SamsungBrowser/", "Samsung Internet"], ["Firefox/", "Firefox"], ["FxiOS/", "Firefox"], ["CriOS/", "Chrome"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
const SYSTEMS = [["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Windows", "Windows"], ["Mac OS X", "Mac"], ["CrOS", "ChromeOS"], ["Linux", "Linux"]];

// "Chrome, Android" out of the text that a browser sends of itself; that text, if it is not one of the usual ones.
export function deviceText(agent) {
  const found = [BROWSERS, SYSTEMS].map((names) => names.find(([mark]) => agent.includes(mark))?.[1]).filter(Boolean);
  return found.length === 2 ? found.join(", ") : agent.slice(0, 60);
}
