// Status and health of the service, for the operator.

import { account } from "../access/account.js";
import "../access/ended.js";
import { Me } from "../access/me.js";
import { rooted } from "../address.js";
import { about, base, beside } from "../camera.js";
import { Chooser } from "../chooser.js";
import { Lock } from "../controls/lock.js";
import { write } from "../element.js";
import { Refused, ask } from "../service.js";
import { themeButton } from "../style/theme_button.js";
import { errorText, levelText, reasonText } from "../i18n/reasons.js";
import { t, tenths } from "../i18n/translate.js";
import { AccessRooms } from "./access_rooms.js";
import { Doctor } from "./doctor.js";
import { Feed } from "./feed.js";
import { Log } from "./log.js";
import { showFacts, showTable } from "./tables.js";
import { at, gigabytes, known, number, state } from "./format.js";
import { Work } from "./work.js";

const VIEWERS = new Set(["plain", "live", "multipart", "picture"]);
const SIZES = new Set(["full", "half", "quarter"]);
const part = (id) => document.getElementById(id);

for (const each of document.querySelectorAll("[data-i18n]")) each.textContent = t(each.dataset.i18n);
document.title = t("operator.title");
part("nav").setAttribute("aria-label", t("operator.elsewhere"));

const log = new Log(part("log"), part("log-none"));
const work = new Work(part("work"), part("work-none"), cancel);
new Doctor(part("doctor-sum"), part("doctor"), part("doctor-run"));
part("log-warnings").addEventListener("change", (event) => part("log").classList.toggle("only-warnings", event.target.checked));
part("live").href = beside("/");
const chooser = new Chooser();
part("nav").prepend(chooser.root);
let snapshot = null;
let health = null;
let asking = false;
let refusal = null; // why the service refuses the page's requests

let administers = false;
let line = account(null);
part("nav").append(themeButton(), line);

const me = new Me();
const rooms = new AccessRooms(part, () => snapshot?.camera.id ?? "");
const lock = new Lock(() => identify());
part("gate-lock").append(lock.root);

// Who this is may change: the PIN was shown, its ten minutes are over, somebody has signed in elsewhere.
async function identify() {
  const answered = await me.read();
  administers = me.may("administer");
  const fresh = account(me.known);
  line.replaceWith(fresh);
  line = fresh;
  part("page").dataset.role = administers ? "operator" : "other";
  part("bundle").hidden = !administers;
  part("gate").hidden = administers && !(answered && lock.endsAt !== null);
  write(part("gate-title"), t(administers ? "access.unlocked_title" : "access.gate_title"));
  write(part("gate-text"), administers ? "" : t("access.gate_text"));
  rooms.allow(administers, typeof me.known?.elevated_seconds === "number");
  if (administers) readVersions();
  refresh();
}

new Feed(about("/api/v1/events"), {
  onStatus: (newest) => {
    snapshot = newest;
    render();
    refresh();
  },
  onLink: (link, since) => {
    part("page").dataset.link = link;
    document.body.dataset.link = link;
    if (link === "live") write(part("link"), t("operator.link_live"));
    else write(part("link"), offline(since));
    chooser.update(link === "live");
    if (link === "offline") refresh();
  },
});

function offline(since) {
  if (refusal !== null) return t("operator.link_refused", { reason: refusal });
  return since === null ? t("operator.link_connecting") : t("operator.link_offline", { since: at(since) });
}

// Requests what the event stream does not contain, one request at a time.
async function refresh() {
  if (asking || document.hidden) return;
  asking = true;
  try {
    health = (await ask(`${base}/health`)).body;
    if (administers) log.take((await ask(rooted(`/api/v1/diagnosis/log?after=${log.after(snapshot?.boot_id ?? null)}`))).body);
    refusal = null;
    render();
  } catch (error) {
    // The link reports silence; a refusal has a reason.
    refusal = error instanceof Refused && error.status !== 0 ? errorText(error, { detailed: true }) : null;
  } finally {
    asking = false;
  }
}

function verifiedText({ clean_at: cleanAt, open_count: open, unread }) {
  const clean = cleanAt === null ? t("operator.verified_never") : at(cleanAt);
  if (open > 0) return t("operator.verified_open", { count: number(open), clean });
  return unread > 0 ? t("operator.verified_unread", { count: number(unread) }) : clean;
}

function render() {
  if (snapshot === null) return;
  const { camera: body, live, storage, saving } = snapshot;
  const second = saving.second;
  part("page").dataset.camera = body.state;
  write(part("camera-state"), state(body.state));
  write(part("camera-reason"), reasonText(body));
  write(part("storage-warning"), storage?.warning ?? "");
  write(part("second-warning"), second === null ? "" : reasonText(second));
  write(part("live-state"), t("operator.live", { state: state(live.state), fps: tenths(live.fps), viewers: live.viewers }));
  work.show(snapshot);
  const status = health?.status;
  showFacts(part("camera-facts"), [
    [t("operator.model"), known(body.model)],
    [t("operator.id"), body.id],
    [t("operator.battery"), known(status?.battery, (percent) => `${percent} %`)],
    [t("operator.card"), known(status?.storage_available, (inserted) => t(inserted ? "operator.card_inserted" : "operator.card_none"))],
    [t("operator.card_left"), known(health?.room.on_card, number)],
    ...(snapshot.films_on_card > 0 ? [[t("operator.card_films"), number(snapshot.films_on_card)]] : []),
    [t("operator.rung"), body.rung === 0 ? t("operator.rung_none") : String(body.rung)],
  ]);
  showFacts(part("storage-facts"), [
    [t("operator.disk_left"), known(health?.room.on_disk, number)],
    [t("operator.disk_free"), known(storage?.free_bytes, gigabytes)],
    [t("operator.verified"), health === null ? known(null) : verifiedText(health.verification)],
    [t("operator.saved"), levelText(saving.level)],
    ...(second === null
      ? []
      : [
          [t("operator.second_disk"), t(second.reason === null ? "operator.second_ok" : "operator.second_not")],
          [t("operator.second_free"), known(second.free_bytes, gigabytes)],
          [t("operator.second_waiting"), number(second.waiting)],
        ]),
    [t("operator.taken"), known(snapshot.capture_count, number)],
    [t("operator.last_at"), known(status?.last_capture_at, at)],
  ]);
  if (health !== null) renderHealth();
}

function renderHealth() {
  const kind = (name) => (VIEWERS.has(name) ? t(`operator.viewer_${name}`) : name);
  const size = (name) => (SIZES.has(name) ? t(`operator.size_${name}`) : name);
  const wanted = ({ scale, max_fps: most }) => (most === null ? size(scale) : t("operator.size_limited", { size: size(scale), most }));
  // The only reason why frames are smaller than requested.
  const smaller = ({ reason }) => (reason === null ? "" : t("reason.connection_too_slow"));
  showTable(
    part("viewers"),
    part("viewers-none"),
    ["kind", "fps", "got", "missed", "size", "reason"].map((name) => t(`operator.column_${name}`)),
    health.viewers.map((one) => [
      kind(one.kind), one.fps === null ? "–" : tenths(one.fps), number(one.taken), number(one.missed), wanted(one), smaller(one),
    ]),
  );
  showTable(
    part("recovery"),
    part("recovery-none"),
    ["began", "ended", "rung", "reason", "outcome"].map((name) => t(`operator.column_${name}`)),
    health.recoveries.toReversed().map((one) => [
      at(one.began_at), one.ended_at === null ? "–" : at(one.ended_at), String(one.rung), one.reason, outcome(one.outcome),
    ]),
  );
  renderTargets();
}

// Only if hooks or webhooks are configured.
function renderTargets() {
  part("notifications").hidden = health.targets.length === 0;
  showTable(
    part("targets"),
    null,
    ["target", "delivered", "waiting", "failed", "last_error"].map((name) => t(`operator.column_${name}`)),
    health.targets.map((one) => [one.name, number(one.delivered), number(one.waiting), number(one.failed), lastErrorOf(one)]),
  );
}

function lastErrorOf({ failing, next_try_seconds: next }) {
  if (failing === null) return "";
  return next === null ? failing : t("operator.tried_again", { reason: failing, seconds: Math.ceil(next) });
}

function outcome(name) {
  if (name === null) return t("operator.attempt_running");
  return name === "worked" ? t("operator.attempt_worked") : t("operator.attempt_failed");
}

async function cancel({ kind, id }) {
  const address = kind === "capture" ? rooted(`/api/v1/captures/${encodeURIComponent(id)}`) : `${base}/sequences/${encodeURIComponent(id)}`;
  try {
    await ask(address, { method: "DELETE" });
    write(part("work-note"), t("operator.cancelled"));
  } catch (error) {
    write(part("work-note"), t("operator.not_cancelled", { reason: errorText(error, { detailed: true }) }));
  }
}

lock.read();

function readVersions() {
  ask(rooted("/api/v1/diagnosis/versions")).then(
    ({ body }) => write(part("version"), `photonic ${body.photonic} · Python ${body.python} · ${body.system}`),
    () => write(part("version"), t("operator.not_known")),
  );
}
