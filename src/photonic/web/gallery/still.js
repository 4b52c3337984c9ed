// Texts about a still: its files, the one that is displayed, its details. Plain text, never markup.

import { savedText } from "../i18n/reasons.js";
import { language, t } from "../i18n/translate.js";

const KINDS = { "image/jpeg": "JPEG", "image/heif": "HEIF", "image/tiff": "TIFF" };
const MOMENT = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });

export const nameOf = (file) => file.path.split("/").pop();
export const kindOf = (file) => KINDS[file.media_type] ?? extensionOf(file).toUpperCase();
export const shownBy = (still) => still.files.find((file) => file.media_type === "image/jpeg") ?? still.files[0];
export const kindsOf = (still) => still.files.map(kindOf).sort().reverse().join(" + ");
export const momentOf = (text) => MOMENT.format(new Date(text));
export const countOf = (count) => t(count === 1 ? "gallery.count_one" : "gallery.count_many", { count });

// [label, text] of each detail of a still.
export function factsOf(still) {
  const metadata = still.metadata ?? {};
  const exif = exifOf(still);
  const found = [
    ["time", momentOf(metadata.timestamp ?? still.created_at)],
    ["clock", exif.taken_at && momentOf(exif.taken_at)],
    ["session", still.session_id],
    ["number", String(still.sequence_number)],
    ["model", cameraOf(exif) || metadata.model],
    ["lens", exif.lens],
    ["shutter_speed", exif.exposure_seconds ? secondsOf(exif.exposure_seconds) : metadata.shutter_speed],
    ["aperture", exif.f_number ? `f/${amountOf(exif.f_number)}` : metadata.aperture],
    ["iso", exif.iso ?? metadata.iso],
    ["exposure_bias", exif.exposure_bias_ev && `${amountOf(exif.exposure_bias_ev, "exceptZero")} EV`],
    ["focal_length", exif.focal_length_mm && `${amountOf(exif.focal_length_mm)} mm`],
    ["flash", exif.flash_fired && t("gallery.flash_fired")],
    ["pixels", exif.width_pixels && exif.height_pixels && `${exif.width_pixels} × ${exif.height_pixels}`],
    ["files", still.files.map((file) => `${nameOf(file)} (${sizeOf(file)})`).join("\n")],
    ["saved", savedText(still)],
    ["warning", still.warning],
  ];
  const known = found.filter(([, text]) => text);
  return known.map(([name, text]) => [t(`gallery.fact_${name}`), String(text)]);
}

// The Exif data of all files, merged; the displayed file takes precedence.
function exifOf(still) {
  const facts = [...still.files.filter((file) => file !== shownBy(still)), shownBy(still)].map((file) => file.exif ?? {});
  return Object.assign({}, ...facts.map((each) => Object.fromEntries(Object.entries(each).filter(([, fact]) => fact !== null))));
}

// Some manufacturers include their name in the model, some do not.
function cameraOf({ make, model }) {
  if (!make || !model) return model ?? make;
  const maker = make.split(" ")[0].toLowerCase();
  return model.toLowerCase().startsWith(maker) ? model : `${make} ${model}`;
}

const secondsOf = (seconds) => `${seconds < 0.3 ? `1/${Math.round(1 / seconds)}` : amountOf(seconds)} s`;
const amountOf = (amount, signDisplay = "auto") => amount.toLocaleString(language, { maximumFractionDigits: 1, signDisplay });

function extensionOf(file) {
  const name = nameOf(file);
  return name.slice(name.lastIndexOf(".") + 1);
}

function sizeOf(file) {
  const [amount, unit] = file.size_bytes < 1e6 ? [file.size_bytes / 1e3, "kB"] : [file.size_bytes / 1e6, "MB"];
  return `${amount.toLocaleString(language, { maximumFractionDigits: amount < 10 ? 1 : 0 })} ${unit}`;
}
