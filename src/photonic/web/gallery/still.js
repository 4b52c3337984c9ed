// One still in words: what its files are, which of them shows it, what is known of it. Text only; nothing here is markup.

import { language, say } from "../words/words.js";

const KINDS = { "image/jpeg": "JPEG", "image/heif": "HEIF", "image/tiff": "TIFF" };
const MOMENT = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const METADATA = ["model", "lens", "shutter_speed", "aperture", "iso", "focal_length"];

export const nameOf = (file) => file.path.split("/").pop();
export const kindOf = (file) => KINDS[file.media_type] ?? extensionOf(file).toUpperCase();
export const shownBy = (still) => still.files.find((file) => file.media_type === "image/jpeg") ?? still.files[0];
export const kindsOf = (still) => still.files.map(kindOf).sort().reverse().join(" + ");
export const momentOf = (text) => MOMENT.format(new Date(text));
export const countOf = (count) => say(count === 1 ? "gallery.count_one" : "gallery.count_many", { count });

// [label, text] of everything that there is to say of a still.
export function factsOf(still) {
  const metadata = still.metadata ?? {};
  const found = [
    ["time", momentOf(metadata.timestamp ?? still.created_at)],
    ["session", still.session_id],
    ["number", String(still.sequence_number)],
    ...METADATA.map((name) => [name, metadata[name]]),
    ["files", still.files.map((file) => `${nameOf(file)} (${sizeOf(file)})`).join("\n")],
    ["warning", still.warning],
  ];
  const said = found.filter(([, text]) => text !== null && text !== undefined && text !== "");
  return said.map(([name, text]) => [say(`gallery.fact_${name}`), String(text)]);
}

function extensionOf(file) {
  const name = nameOf(file);
  return name.slice(name.lastIndexOf(".") + 1);
}

function sizeOf(file) {
  const [amount, unit] = file.size_bytes < 1e6 ? [file.size_bytes / 1e3, "kB"] : [file.size_bytes / 1e6, "MB"];
  return `${amount.toLocaleString(language, { maximumFractionDigits: amount < 10 ? 1 : 0 })} ${unit}`;
}
