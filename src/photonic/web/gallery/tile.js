// A tile of the grid: a thumbnail with text below it.

import { t } from "../i18n/translate.js";

export function make() {
  const tile = document.createElement("li");
  tile.className = "tile";
  const link = document.createElement("a");
  const frame = document.createElement("span");
  frame.className = "tile-frame";
  const image = document.createElement("img");
  image.alt = "";
  image.decoding = "async";
  image.draggable = false;
  image.addEventListener("load", () => { frame.dataset.state = "shown"; });
  image.addEventListener("error", () => { if (image.hasAttribute("src")) frame.dataset.state = "failed"; });
  const missing = document.createElement("span");
  missing.className = "tile-missing";
  missing.textContent = t("gallery.no_preview");
  frame.append(image, missing);
  const mark = document.createElement("span");
  mark.className = "tile-mark";
  const text = document.createElement("span");
  text.className = "tile-text";
  link.append(frame, mark, text);
  tile.append(link);
  return tile;
}

// `facts`: {href, alt, source, mark, text}; null: not loaded yet.
export function fill(tile, facts) {
  const link = tile.firstChild;
  const [frame, mark, text] = link.children;
  if (facts === null) {
    clear(tile);
    link.removeAttribute("href");
    mark.textContent = text.textContent = frame.firstChild.alt = "";
    mark.hidden = true;
    return;
  }
  link.href = facts.href;
  frame.firstChild.alt = facts.alt;
  mark.textContent = facts.mark;
  mark.hidden = facts.mark === "";
  text.replaceChildren(...facts.text.map(line));
  if (tile.dataset.source !== facts.source) {
    clear(tile);
    tile.dataset.source = facts.source;
  }
}

// Loads the picture, once.
export function picture(tile) {
  const image = tile.querySelector("img");
  const source = tile.dataset.source;
  if (source && image.getAttribute("src") !== source) image.src = source;
}

// Cancels a pending request.
export function clear(tile) {
  const image = tile.querySelector("img");
  image.removeAttribute("src");
  delete tile.dataset.source;
  delete tile.querySelector(".tile-frame").dataset.state;
}

function line(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}
