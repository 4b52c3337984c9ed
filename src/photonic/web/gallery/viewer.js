// Shows one photo at window size, with zoom and swipe (PhotoSwipe); loaded when the first photo is opened.

import { original, saved, thumbnail } from "./service.js";
import { factsOf, kindOf, nameOf, shownBy } from "./still.js";
import { t } from "../i18n/translate.js";

const LIBRARY = new URL("../vendor/photoswipe/photoswipe.esm.min.js", import.meta.url).href;
const STYLE = new URL("../vendor/photoswipe/photoswipe.css", import.meta.url).href;
const SMALL = 320;
const LARGE = 1600;
const ZOOM = 3;
const AHEAD = 20;
const ICONS = {
  facts: '<svg aria-hidden="true" class="pswp__icn" viewBox="0 0 32 32"><path d="M14.5 13h3v10h-3zM14.5 8.5h3v3h-3zM16 3a13 13 0 1 0 0 26 13 13 0 0 0 0-26zm0 2.4a10.6 10.6 0 1 1 0 21.2 10.6 10.6 0 0 1 0-21.2z"/></svg>',
  delete: '<svg aria-hidden="true" class="pswp__icn" viewBox="0 0 32 32"><path d="M13 5h6l1 2h5v2.4H7V7h5zM8.5 11.5h15L22.4 27H9.6zm4 3 .5 9.5h2l-.4-9.5zm4.9 0-.4 9.5h2l.5-9.5z"/></svg>',
  restore: '<svg aria-hidden="true" class="pswp__icn" viewBox="0 0 32 32"><path d="M13 7 6 13.5 13 20v-4.5h6a4.5 4.5 0 0 1 0 9h-8V27h8a7 7 0 0 0 0-14h-6z"/></svg>',
};

let library = null;

function load() {
  if (library === null) {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = STYLE;
    const styled = new Promise((done) => {
      style.onload = style.onerror = done;
    });
    document.head.append(style);
    library = Promise.all([import(LIBRARY), styled]).then(([module]) => module.default);
    library.catch(() => { library = null; });
  }
  return library;
}

// `pages`: the stills. `trashed`: they are deleted ones; `mayAct`: whether to offer `onAct`. `onAct(still)` deletes (or restores) it and returns whether it did;
// `tileOf(index)` is the photo's tile in the grid; `onClose(index)`.
export async function view(pages, start, { trashed, mayAct, onAct, tileOf, onClose }) {
  const PhotoSwipe = await load();
  const viewer = new PhotoSwipe({
    index: start,
    bgOpacity: 1,
    loop: false,
    preload: [1, 2],
    secondaryZoomLevel: (level) => Math.min(1, level.fit * 2.5),
    maxZoomLevel: 1,
    closeTitle: t("gallery.close"),
    arrowPrevTitle: t("gallery.previous"),
    arrowNextTitle: t("gallery.next"),
    zoomTitle: t("gallery.zoom"),
    errorMsg: "",
    trapFocus: true,
    returnFocus: false,
  });
  viewer.addFilter("numItems", () => pages.total);
  viewer.addFilter("itemData", (_data, index) => slideOf(pages.items[index], tileOf(index)));
  viewer.addFilter("thumbEl", (_element, _data, index) => tileOf(index)?.querySelector("img") ?? null);
  viewer.addFilter("contentErrorElement", () => unviewable());
  viewer.on("change", () => pages.need(viewer.currIndex + AHEAD));
  viewer.on("loadComplete", ({ content, slide }) => measure(content, slide));
  viewer.on("zoomPanUpdate", ({ slide }) => sharpen(slide));
  viewer.on("destroy", () => onClose(viewer.currIndex));
  viewer.on("keydown", (event) => {
    const key = event.originalEvent.key;
    if (key === "Delete" || key === "i" || key === "I") event.preventDefault();
    if (key === "Delete" && !trashed && mayAct) act();
    if (key === "i" || key === "I") toggleFacts();
  });
  // PhotoSwipe ignores keys while it opens: remember Escape until then.
  const early = ({ key }) => { if (key === "Escape") leaving = true; };
  document.addEventListener("keydown", early);
  viewer.on("openingAnimationEnd", () => {
    document.removeEventListener("keydown", early);
    if (leaving) queueMicrotask(() => viewer.close());
  });

  let leaving = false;
  const still = () => pages.items[viewer.currIndex] ?? null;
  const facts = document.createElement("aside");
  facts.className = "facts";
  facts.id = "facts";
  facts.hidden = true;
  facts.setAttribute("aria-label", t("gallery.facts"));
  const files = document.createElement("span");
  files.className = "files";

  function toggleFacts() {
    facts.hidden = !facts.hidden;
    viewer.element.querySelector(".pswp__button--facts")?.setAttribute("aria-expanded", String(!facts.hidden));
  }

  function describe() {
    const shown = still();
    facts.replaceChildren(shown === null ? "" : list(factsOf(shown)));
    files.replaceChildren(...(shown === null || trashed ? [] : shown.files.map(download)));
  }

  async function act() {
    const shown = still();
    if (shown === null || !(await onAct(shown))) return;
    if (pages.total === 0) {
      viewer.close();
      return;
    }
    const index = Math.min(viewer.currIndex, pages.total - 1);
    if (index !== viewer.currIndex) viewer.goTo(index);
    for (const near of [index - 1, index, index + 1]) viewer.refreshSlideContent(near);
    describe();
    viewer.dispatch("change");
  }

  viewer.on("uiRegister", () => {
    const { ui } = viewer;
    const action = trashed ? "restore" : "delete";
    ui.registerElement({
      name: "files", order: 7, isButton: false, appendTo: "bar",
      onInit: (element) => element.append(files),
    });
    ui.registerElement({
      name: "facts-button", className: "pswp__button--facts", order: 8, isButton: true, html: ICONS.facts,
      title: t("gallery.facts"), ariaLabel: t("gallery.facts"), onClick: toggleFacts,
      onInit: (element) => {
        element.setAttribute("aria-expanded", "false");
        element.setAttribute("aria-controls", "facts");
      },
    });
    if (mayAct) ui.registerElement({
      name: action, order: 9, isButton: true, html: ICONS[action],
      title: t(`gallery.${action}`), ariaLabel: t(`gallery.${action}`), onClick: act,
    });
    ui.registerElement({ name: "facts", appendTo: "root", isButton: false, onInit: (element) => element.append(facts) });
  });
  viewer.on("change", describe);
  viewer.on("afterInit", () => {
    viewer.element.setAttribute("aria-label", t("gallery.title"));
    describe();
  });
  viewer.init();
  return {
    // More items were loaded: fill the blank slides.
    update() {
      for (const near of [viewer.currIndex - 1, viewer.currIndex, viewer.currIndex + 1]) {
        const held = viewer.mainScroll.itemHolders.find((holder) => holder.slide?.index === near)?.slide;
        if (held && held.data.still !== pages.items[near]?.id) viewer.refreshSlideContent(near);
      }
      describe();
    },
    close: () => viewer.close(),
  };
}

// The size is known once the picture has loaded; until then, use the thumbnail's aspect ratio.
function slideOf(still, tile) {
  if (still === undefined) return { html: "" };
  const small = tile?.querySelector("img");
  const ratio = small?.naturalWidth ? small.naturalHeight / small.naturalWidth : 2 / 3;
  const longest = LARGE * ZOOM;
  const file = shownBy(still);
  return {
    still: still.id,
    original: file.media_type === "image/jpeg" && !still.deleted_at ? original(file.id) : null,
    src: thumbnail(file.id, LARGE),
    msrc: small?.naturalWidth ? thumbnail(file.id, SMALL) : undefined,
    width: ratio > 1 ? longest / ratio : longest,
    height: ratio > 1 ? longest : longest * ratio,
    alt: nameOf(file),
  };
}

// A photo that is smaller than our largest rendition is not enlarged.
function measure(content, slide) {
  const { naturalWidth: width, naturalHeight: height } = content.element ?? {};
  if (!width) return;
  const scale = Math.max(width, height) >= LARGE && content.data.original ? ZOOM : 1;
  if (Math.abs(content.width - width * scale) < 8 && Math.abs(content.height - height * scale) < 8) return;
  Object.assign(content, { width: width * scale, height: height * scale });
  if (!slide) return;
  Object.assign(slide, { width: width * scale, height: height * scale });
  slide.calculateSize();
  if (slide.isActive) slide.zoomAndPanToInitial();
  slide.applyCurrentZoomPan();
  slide.updateContentSize(true);
}

// After zooming in, the full-size photo replaces the smaller picture.
function sharpen(slide) {
  const { content, data } = slide;
  if (!data.original || data.sharp || slide.currZoomLevel <= slide.zoomLevels.initial * 1.05) return;
  data.sharp = true;
  const whole = new Image();
  whole.src = data.original;
  whole.decode().then(
    () => { if (content.element instanceof HTMLImageElement) content.element.src = whole.src; },
    () => console.info("could not show the full-size photo; the smaller picture stays"),
  );
}

function unviewable() {
  const note = document.createElement("p");
  note.className = "unviewable";
  note.textContent = t("gallery.unviewable");
  return note;
}

function download(file) {
  const link = document.createElement("a");
  link.className = "file";
  link.href = saved(file.id);
  link.download = nameOf(file);
  link.textContent = kindOf(file);
  link.setAttribute("aria-label", t("gallery.download", { kind: kindOf(file) }));
  return link;
}

function list(facts) {
  const found = document.createElement("dl");
  for (const [label, text] of facts) {
    const name = document.createElement("dt");
    const value = document.createElement("dd");
    name.textContent = label;
    value.textContent = text;
    found.append(name, value);
  }
  return found;
}
