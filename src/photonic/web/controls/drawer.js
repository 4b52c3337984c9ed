// The drawer with all camera settings. It opens next to the picture, or below it on a narrow screen.

import { account } from "../access/account.js";
import { beside } from "../camera.js";
import { element, write } from "../element.js";
import { t } from "../i18n/translate.js";
import { abilities } from "./abilities.js";
import { Entry } from "./entry.js";
import { Focus } from "./focus.js";
import { Lock } from "./lock.js";
import { COMMON, exposureText } from "./naming.js";
import { Profiles } from "./profiles.js";
import { refusal } from "./refusal.js";
import { Settings } from "./settings.js";

const ACTIONS = "/main/actions/"; // not settings, but actions of the camera

export class Drawer {
  // `root`: the element to fill; `side`: parent of the button that opens it and shows the exposure; `base`: the camera's routes.
  // `onAble(able)`: the camera's abilities are known (abilities.js).
  // `me`: who this browser is. `onLimits(limits)`: the limits for guests; null: no limits.
  constructor({ root, side, base, me, onAble, onLimits }) {
    this.root = root;
    this.me = me;
    this.account = account(null);
    this.readout = element("span", { id: "readout", class: "readout" });
    this.opener = element(
      "button",
      { id: "controls-open", class: "controls-open", type: "button", "aria-expanded": "false", "aria-controls": root.id },
      element("span", { class: "unseen" }, t("controls.title")),
      this.readout,
    );
    side.prepend(this.opener);
    root.setAttribute("aria-label", t("controls.title"));
    this.entries = new Map();
    this.snapshot = null;
    this.onAble = onAble;
    this.known = null; // the list that the abilities were derived from
    this.settings = new Settings(base, () => this.changed());
    const report = (error) => (error === null ? this.showNote("") : this.refuse(error, (text) => this.showNote(text)));
    this.profiles = new Profiles(base, report);
    this.focus = new Focus(base, report);
    this.lock = new Lock(() => {
      onLimits(this.lock.limits);
      if (this.lock.open && !root.hidden) this.profiles.read();
      this.render();
    });
    this.note = element("p", { id: "controls-note", class: "controls-note", role: "status" });
    this.common = element("div", { class: "settings" });
    this.others = element("div", { class: "settings" });
    this.more = element("details", { class: "more", hidden: true }, element("summary", {}, t("controls.more")), this.others);
    this.more.addEventListener("toggle", () => this.render());
    this.fields = element("fieldset", { class: "controls-fields" }, this.profiles.root, this.focus.root, this.common, this.more);
    const close = element("button", { type: "button", class: "controls-close", "aria-label": t("controls.close"), onclick: () => this.close() }, "×");
    root.append(
      element("header", { class: "controls-head" }, element("h2", {}, t("controls.title")), close),
      this.note,
      this.lock.root,
      this.fields,
      (this.elsewhere = elsewhere()),
    );
    this.opener.addEventListener("click", () => (root.hidden ? this.open() : this.close()));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && root.contains(event.target)) this.close();
    });
    // The limits for guests must be known before the drawer is opened.
    this.lock.read();
  }

  open() {
    this.root.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.settings.wanted = true;
    this.showAccount();
    this.lock.read();
    this.render();
    this.root.querySelector(".controls-close").focus();
  }

  async showAccount() {
    await this.me.read();
    const fresh = account(this.me.known);
    if (this.account.isConnected) this.account.replaceWith(fresh);
    else this.elsewhere.after(fresh);
    this.account = fresh;
  }

  close() {
    this.root.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    this.settings.wanted = false;
    this.opener.focus();
  }

  // `reachable`: whether the service answers now; `snapshot`: the newest one, or null. `calm`: the camera is
  // idle enough to read its settings.
  update(reachable, snapshot, calm) {
    this.snapshot = snapshot;
    if (snapshot === null) return;
    write(this.readout, exposureText(snapshot.settings?.values ?? {}).join("  "));
    if (reachable) this.lock.update();
    // The settings are the operator's, to read as well.
    if (reachable && this.lock.open) this.settings.update(snapshot, calm);
    const usable = reachable && ["ready", "capturing"].includes(snapshot.camera.state);
    this.fields.disabled = !usable || !this.lock.open;
    this.root.dataset.usable = String(usable);
  }

  changed() {
    const { list } = this.settings;
    if (list !== this.known) {
      this.known = list;
      const able = abilities(list);
      this.focus.allow(able);
      this.onAble(able);
    }
    this.render();
  }

  render() {
    if (this.root.hidden) return;
    const { list, failure } = this.settings;
    if (!this.lock.open) this.showNote("");
    this.fields.hidden = list === null && !this.lock.open;
    if (this.fields.hidden) return;
    if (list === null) return this.showNote(failure === null ? t("controls.reading") : refusal(failure), "soft");
    // An error stays until the next change.
    const calm = this.note.dataset.tone === "soft" || this.note.textContent === "";
    if (calm) this.showNote(this.settings.complete ? "" : t("controls.incomplete"), "soft");
    const byName = new Map(list.map((setting) => [setting.name, setting]));
    this.fill(this.common, COMMON.filter((name) => byName.has(name)).map((name) => byName.get(name)));
    const others = list.filter((setting) => !COMMON.includes(setting.name) && !setting.path.startsWith(ACTIONS));
    this.more.hidden = others.length === 0;
    if (this.more.open) this.fill(this.others, others);
  }

  fill(room, settings) {
    const shown = settings.map((setting) => {
      const pending = this.settings.pending.get(setting.name);
      const known = this.entries.get(setting.name);
      if (known !== undefined) {
        known.show(setting, pending);
        return known.root;
      }
      const entry = new Entry(setting, (value) => this.change(setting.name, value));
      this.entries.set(setting.name, entry);
      return entry.root;
    });
    // Elements that stay in place keep the focus.
    if (shown.length !== room.children.length || shown.some((root, at) => room.children[at] !== root)) {
      room.replaceChildren(...shown);
    }
  }

  async change(name, value) {
    const error = await this.settings.change(name, value);
    if (error !== null) this.refuse(error, (text) => this.entries.get(name)?.showNote(text));
  }

  refuse(error, show) {
    show(refusal(error));
    // The service has restarted, or this browser was locked in another tab.
    if (error.kind === "pin_needed") this.lock.read();
  }

  showNote(text, tone = "wrong") {
    this.note.dataset.tone = tone;
    write(this.note, text);
  }
}

function elsewhere() {
  const pages = [["/gallery", "controls.photos"], ["/booth", "controls.booth"], ["/operator", "controls.health"]];
  const links = pages.map(([href, key]) => element("a", { href: beside(href) }, t(key)));
  return element("nav", { class: "controls-elsewhere", "aria-label": t("controls.elsewhere") }, ...links);
}
