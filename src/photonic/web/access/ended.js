// Says on any page that the service no longer knows this browser, as soon as a request is refused for that reason.

import { element } from "../element.js";
import { t } from "../i18n/translate.js";
import { onUnauthorized } from "../service.js";
import { signInAddress } from "./me.js";

const notice = element("div", { class: "ended", role: "alert" });

onUnauthorized(() => {
  if (notice.isConnected) return;
  document.body.prepend(notice);
  // A live region is read when it changes, not when it appears with its text.
  notice.append(element("span", {}, t("access.ended")), element("a", { href: signInAddress() }, t("access.sign_in")));
});
