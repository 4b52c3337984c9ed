// Who is signed in: the browsers' sessions, each with a button that ends it.

import { personText } from "../access/account.js";
import { rooted } from "../address.js";
import { element, write } from "../element.js";
import { ask } from "../service.js";
import { errorText } from "../i18n/reasons.js";
import { t } from "../i18n/translate.js";
import { EntryList } from "./entry_list.js";
import { agoText, deviceText } from "./format.js";

const SESSIONS = rooted("/api/v1/access/sessions");

export class SignedIn {
  constructor(list, none, note) {
    this.note = note;
    this.entries = new EntryList(list, none, (session) => this.#lines(session));
  }

  async refresh() {
    this.entries.show((await ask(SESSIONS)).body.sessions);
  }

  #lines(session) {
    const { id, name, role, elevated, device, address, current } = session;
    const what = personText(name, role, elevated ? "access.elevated" : "access.as_role");
    const facts = [deviceText(device), address, t("access.last_used", { ago: agoText(session.last_seconds_ago) })];
    return {
      title: [what, current ? element("span", { class: "tag" }, t("access.this_browser")) : null],
      detail: facts.filter(Boolean).join(" · "),
      action: [t("access.end_session"), t("access.end_session_of", { name: what }), () => this.#end(id, what)],
    };
  }

  async #end(id, name) {
    try {
      await ask(`${SESSIONS}/${encodeURIComponent(id)}`, { method: "DELETE" });
      write(this.note, t("access.session_ended", { name }));
      await this.refresh();
    } catch (error) {
      write(this.note, t("access.failed", { reason: errorText(error, { detailed: true }) }));
    }
  }
}
