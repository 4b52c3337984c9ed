// Signed links: addresses that open one live view, one session or one photo without a sign-in.

import { rooted } from "../address.js";
import { element, write } from "../element.js";
import { ask } from "../service.js";
import { errorText } from "../i18n/reasons.js";
import { t } from "../i18n/translate.js";
import { EntryList } from "./entry_list.js";
import { durationText } from "./format.js";

const LINKS = rooted("/api/v1/links");
const KINDS = ["live", "session", "photo"];
const HOUR_SECONDS = 3600;
const SPANS = [1, 12, 24, 7 * 24, 30 * 24]; // hours

export class Links {
  // `form`: the element to fill with the form; `camera()`: the name of the page's camera.
  constructor({ list, none, note, form, camera }) {
    this.note = note;
    this.camera = camera;
    this.entries = new EntryList(list, none, (link) => this.#lines(link));
    this.kind = element("select", { id: "link-kind", onchange: () => this.#offer() }, ...KINDS.map((kind) => element("option", { value: kind }, t(`access.scope_${kind}`))));
    this.what = element("input", { id: "link-what", type: "text", maxlength: 70, autocomplete: "off", spellcheck: "false" });
    this.label = element("label", { for: "link-what" });
    this.span = element(
      "select",
      { id: "link-span" },
      ...SPANS.map((hours) => element("option", { value: hours, selected: hours === 24 }, durationText(hours * HOUR_SECONDS))),
    );
    this.made = element("div", { class: "made-link", hidden: true });
    this.form = element(
      "form",
      { class: "fields" },
      element("label", { for: "link-kind" }, t("access.link_to")),
      this.kind,
      this.label,
      this.what,
      element("label", { for: "link-span" }, t("access.valid_for")),
      this.span,
      element("button", { type: "submit" }, t("access.make_link")),
    );
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#make();
    });
    form.append(this.form, this.made);
    this.#offer();
  }

  async refresh() {
    this.entries.show((await ask(LINKS)).body.links);
  }

  // A live view needs no name: it is that of the page's camera.
  #offer() {
    const kind = this.kind.value;
    const named = kind !== "live";
    this.label.hidden = this.what.hidden = !named;
    this.what.required = named;
    if (named) write(this.label, t(kind === "photo" ? "access.photo_id" : "access.session_name"));
  }

  async #make() {
    const kind = this.kind.value;
    const value = kind === "live" ? this.camera() : this.what.value.trim();
    try {
      const body = { scope: `${kind}:${value}`, ends_in_seconds: Number(this.span.value) * HOUR_SECONDS };
      const { body: link } = await ask(LINKS, { method: "POST", body });
      write(this.note, "");
      this.#show(link);
      await this.refresh();
    } catch (error) {
      write(this.note, t("access.failed", { reason: errorText(error, { detailed: true }) }));
    }
  }

  // The signature is shown once; the service keeps none of it.
  #show({ address, warning }) {
    const field = element("input", { id: "made-address", type: "text", readonly: true, value: address });
    field.addEventListener("focus", () => field.select());
    const copied = element("span", { role: "status", class: "none" });
    const copy = element("button", { type: "button", onclick: () => this.#copy(field, copied) }, t("access.copy"));
    this.made.replaceChildren(
      element("label", { for: "made-address" }, t("access.link_made")),
      element("div", { class: "copy" }, field, copy, copied),
      warning ? element("p", { class: "reason" }, warning) : "",
    );
    this.made.hidden = false;
    field.focus();
  }

  async #copy(field, copied) {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      write(copied, t("access.copied"));
    } catch {
      // Without TLS, browsers have no clipboard for pages: the text is selected, and the keyboard copies it.
      write(copied, t("access.copy_by_hand"));
    }
  }

  #lines({ id, scope, made_by: by, ends_in_seconds: seconds }) {
    const [kind, ...rest] = scope.split(":");
    const what = KINDS.includes(kind) ? t("access.link_scope", { kind: t(`access.scope_${kind}`), name: rest.join(":") }) : scope;
    const end = seconds > 0 ? t("access.ends_in", { time: durationText(seconds) }) : t("access.link_over");
    return {
      title: [what],
      detail: [end, t("access.made_by", { name: by })].join(" · "),
      action: [t("access.revoke"), t("access.revoke_link", { what }), () => this.#revoke(id)],
    };
  }

  async #revoke(id) {
    try {
      await ask(`${LINKS}/${encodeURIComponent(id)}`, { method: "DELETE" });
      write(this.note, t("access.revoked"));
      await this.refresh();
    } catch (error) {
      write(this.note, t("access.failed", { reason: errorText(error, { detailed: true }) }));
    }
  }
}
