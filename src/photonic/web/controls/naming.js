// Names of settings, and formatting of their values.

import { t } from "../i18n/translate.js";

// In the order in which photographers think of them.
export const COMMON = [
  "exposure_mode",
  "shutter",
  "aperture",
  "iso",
  "exposure_compensation",
  "white_balance",
  "color_temperature",
  "focus_mode",
  "drive_mode",
  "metering",
  "image_format",
  "capture_target",
];

const NAMED = new Set(COMMON);

export function labelOf(setting) {
  if (NAMED.has(setting.name)) return t(`controls.${setting.name}`);
  // Some entries of libgphoto2 have no label.
  return setting.label || setting.path.split("/").pop();
}

export function valueText(name, value) {
  if (value === true || value === false) return t(value ? "controls.on" : "controls.off");
  if (value === null || value === "") return "–";
  const text = String(value);
  if (name === "aperture" && /^[\d.]+$/.test(text)) return `f/${text}`;
  if (name === "color_temperature" && /^\d+$/.test(text)) return `${text} K`;
  return text;
}

// "1/125  f/5.6  ISO 400  +1/3": the current exposure, from the snapshot's values.
export function exposureText(values) {
  const { shutter, aperture, iso, exposure_compensation: compensation } = values;
  const parts = [];
  if (shutter) parts.push(/^\d+$/.test(shutter) ? `${shutter} s` : shutter);
  if (aperture) parts.push(valueText("aperture", aperture));
  if (iso) parts.push(/^\d/.test(iso) ? `ISO ${iso}` : `ISO ${iso.toLowerCase()}`);
  if (compensation && !/^[+-]?0(\.0+)?$/.test(compensation)) parts.push(`${compensation} EV`);
  return parts;
}
