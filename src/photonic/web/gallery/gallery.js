// The gallery: sessions, the photos of a session, deleted photos.

import { account } from "../access/account.js";
import "../access/ended.js";
import { Me, signInAddress } from "../access/me.js";
import { rooted } from "../address.js";
import { beside } from "../camera.js";
import { Chooser } from "../chooser.js";
import { themeButton } from "../style/theme_button.js";
import { Grid } from "./grid.js";
import { Pages } from "./pages.js";
import * as service from "./service.js";
import { countOf, kindsOf, momentOf, shownBy } from "./still.js";
import { element } from "../element.js";
import { errorText } from "../i18n/reasons.js";
import { t } from "../i18n/translate.js";
import * as tile from "./tile.js";
import { Toast } from "./toast.js";
import { view } from "./viewer.js";

const SESSIONS = { ideal: 260, ratio: 2 / 3, extra: 56 };
const PHOTOS = { ideal: 170, ratio: 1, extra: 0 };
const SMALL = 320;
const MEDIUM = 640;

const part = (id) => document.getElementById(id);
const page = part("gallery");
const toast = new Toast(part("toast"));

let place = null; // {kind: "sessions" | "photos" | "deleted", session}
let pages = null;
let viewer = null;
let opening = false;
let leaving = false; // the history entry of a closed photo is being removed
let stale = false; // the photos have changed since the viewer was opened

const me = new Me();

const grid = new Grid(part("room"), part("tiles"), {
  make: tile.make,
  fill: (element, index) => tile.fill(element, factsAt(index)),
  clear: tile.clear,
  picture: tile.picture,
  onNeed: (count) => pages.need(count),
  onOpen: (index) => open(index),
  onDelete: (index) => { if (place.kind === "photos" && me.may("operate") && pages.items[index]) remove(pages.items[index]); },
});

// The place in the gallery for a query string.
function placeOf(search) {
  const asked = new URLSearchParams(search);
  if (asked.has("deleted")) return { kind: "deleted", session: null };
  const session = asked.get("session");
  return session === null ? { kind: "sessions", session } : { kind: "photos", session };
}

// The address of a place; its other parameters (camera, language, theme) stay.
function addressOf(kind, session) {
  const wanted = new URLSearchParams(location.search);
  wanted.delete("session");
  wanted.delete("deleted");
  if (kind === "photos") wanted.set("session", session);
  if (kind === "deleted") wanted.set("deleted", "1");
  return `${rooted("/gallery")}${wanted.size ? `?${wanted}` : ""}`;
}

const asks = {
  sessions: () => service.sessions,
  photos: (session) => (query) => service.stills(session, query),
  deleted: () => service.deleted,
};
const idOf = (item) => item.id ?? item.session_id;

function go(kind, session) {
  history.pushState(null, "", addressOf(kind, session));
  arrive();
  part("heading").focus({ preventScroll: true });
}

function arrive() {
  pages?.end();
  place = placeOf(location.search);
  pages = new Pages(asks[place.kind](place.session), idOf, () => changed());
  const title = { sessions: t("gallery.title"), photos: place.session, deleted: t("gallery.trash") }[place.kind];
  document.title = `${title} · photonic`;
  part("heading").textContent = title;
  page.dataset.place = place.kind;
  part("back").hidden = place.kind === "sessions";
  part("trash").hidden = place.kind !== "sessions" || !me.may("operate");
  part("zip").hidden = true;
  part("back").href = addressOf("sessions", null);
  part("trash").href = addressOf("deleted", null);
  grid.reset();
  grid.show(0, place.kind === "sessions" ? SESSIONS : PHOTOS);
  part("tiles").setAttribute("aria-label", title);
  changed();
  pages.need(1);
}

function changed() {
  const { known, total, failure } = pages;
  grid.update(total);
  viewer?.update();
  const empty = known && total === 0;
  page.dataset.state = failure !== null ? "failed" : !known ? "loading" : empty ? "empty" : "full";
  part("count").textContent = known && place.kind !== "sessions" ? countOf(total) : "";
  part("zip").hidden = place.kind !== "photos" || empty || !known;
  if (place.kind === "photos") part("zip").href = service.zipped(place.session);
  showNotice(failure, empty);
}

function showNotice(failure, empty) {
  const none = { sessions: "gallery.no_sessions", photos: "gallery.no_photos", deleted: "gallery.no_deleted" };
  const hint = { sessions: "gallery.no_sessions_hint", photos: "gallery.no_sessions_hint", deleted: "gallery.deleted_hint" };
  let title = "";
  let detail = "";
  if (failure !== null) [title, detail] = [t("gallery.failed"), errorText(failure, { detailed: true })];
  else if (!pages.known) title = t("gallery.loading");
  else if (empty) [title, detail] = [t(none[place.kind]), t(hint[place.kind])];
  put("notice-title", title);
  put("notice-detail", detail);
  part("again").hidden = failure === null;
}

function put(id, text) {
  const element = part(id);
  if (element.textContent !== text) element.textContent = text;
}

function factsAt(index) {
  const item = pages.items[index];
  if (item === undefined) return null;
  return place.kind === "sessions" ? sessionFacts(item) : stillFacts(item);
}

function sessionFacts(session) {
  const [count, time] = [countOf(session.photo_count), momentOf(session.last_at)];
  return {
    href: addressOf("photos", session.session_id),
    alt: "",
    source: service.thumbnail(session.cover, devicePixelRatio > 1.25 ? MEDIUM : SMALL),
    mark: "",
    text: [session.session_id, `${count} · ${time}`],
  };
}

function stillFacts(still) {
  const shown = shownBy(still);
  const time = momentOf(still.created_at);
  const kinds = kindsOf(still);
  return {
    href: still.deleted_at ? service.thumbnail(shown.id, 1600) : service.original(shown.id),
    alt: t("gallery.photo_of", { number: still.sequence_number, session: still.session_id, time }),
    source: service.thumbnail(shown.id, SMALL),
    mark: kinds === "JPEG" ? "" : kinds,
    text: [],
  };
}

async function open(index) {
  const item = pages.items[index];
  if (item === undefined || opening) return;
  if (place.kind === "sessions") {
    go("photos", item.session_id);
    return;
  }
  opening = true;
  // A phone's back gesture closes the photo and stays in the gallery.
  history.pushState({ viewing: true }, "");
  try {
    viewer = await view(pages, index, {
      trashed: place.kind === "deleted",
      mayAct: me.may("operate"),
      onAct: (still) => (place.kind === "deleted" ? restore(still) : remove(still)),
      tileOf: (at) => grid.tileOf(at),
      onClose: closed,
    });
  } catch (error) {
    toast.show(error.message);
    leave();
  } finally {
    opening = false;
  }
}

function leave() {
  if (!history.state?.viewing) return;
  leaving = true;
  history.back();
}

function closed(index) {
  viewer = null;
  leave();
  if (pages.total > 0) grid.focus(Math.min(index, pages.total - 1));
  else part("heading").focus();
  if (stale) refresh();
}

// Deletes a still; returns whether it did. The toast offers to undo it.
async function remove(still) {
  const from = pages;
  try {
    await service.remove(shownBy(still).id);
  } catch (error) {
    toast.show(t("gallery.not_deleted", { reason: errorText(error, { detailed: true }) }));
    return false;
  }
  drop(from, still);
  toast.show(t("gallery.deleted"), t("gallery.undo"), () => restore(still));
  return true;
}

async function restore(still) {
  const from = pages;
  try {
    await service.restore(shownBy(still).id);
  } catch (error) {
    toast.show(t("gallery.not_restored", { reason: errorText(error, { detailed: true }) }));
    return false;
  }
  if (place.kind === "deleted") drop(from, still);
  toast.show(t("gallery.restored"));
  return true;
}

function drop(from, still) {
  const focused = part("tiles").contains(document.activeElement);
  from.remove(still.id);
  if (focused && from === pages) {
    if (pages.total > 0) grid.focus();
    else part("heading").focus();
  }
}

// While a photo is open, the list does not change.
function refresh() {
  stale = viewer !== null || opening;
  if (!stale) pages.refresh();
}

for (const element of document.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
part("live").href = beside("/");
part("ways").append(new Chooser({ all: t("cameras.all") }).root, themeButton());
part("again").addEventListener("click", () => pages.refresh());
for (const [id, kind] of [["back", "sessions"], ["trash", "deleted"]]) {
  part(id).addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(kind, null);
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && toast.run()) event.preventDefault();
  if (event.key === "Escape" && !event.defaultPrevented && viewer === null && place.kind !== "sessions") go("sessions", null);
});
addEventListener("popstate", () => {
  if (leaving) leaving = false;
  else if (viewer !== null) viewer.close();
  else arrive();
});
service.follow(refresh);
arrive();
identify();

// What this browser may not do is not offered; guests are told why they see few photos.
async function identify() {
  if (!(await me.read())) return;
  part("ways").append(account(me.known));
  part("trash").hidden ||= !me.may("operate");
  if (me.may("operate")) return;
  const way = element("a", { href: me.known.pin_set ? beside("/") : signInAddress("operator") });
  way.textContent = t(me.known.pin_set ? "gallery.unlock" : "access.sign_in");
  part("own").append(t(me.may("photos") ? "gallery.own" : "gallery.none_allowed"), " ", way);
  part("own").hidden = false;
}
