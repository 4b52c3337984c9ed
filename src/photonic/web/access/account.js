// "Signed in as ..." with the sign-out, or the way to the sign-in.

import { rooted } from "../address.js";
import { element } from "../element.js";
import { t } from "../i18n/translate.js";
import { signInAddress } from "./me.js";

const ROLES = new Set(["viewer", "guest", "operator"]);

// Sessions that a one-time code opened are named after its id.
const BY_CODE = /^code ([0-9a-z]{4})[0-9a-z]*$/;

// "stage (operator)"; for a code, "code 2a69 (guest)".
export function personText(name, role, key = "access.as_role") {
  const code = BY_CODE.exec(name);
  return t(key, { name: code === null ? name : t("access.by_code", { id: code[1] }), role: roleText(role) });
}

export const roleText = (role) => (ROLES.has(role) ? t(`access.role_${role}`) : String(role));

// The element for what `Me` knows; hidden if there is nothing to sign in or out of.
export function account(known) {
  if (known === null) return element("p", { class: "account", hidden: true });
  if (known.means !== "session") {
    const signIn = element("a", { href: signInAddress() }, t("access.sign_in"));
    return element("p", { class: "account", hidden: known.role === "operator" }, signIn);
  }
  const text = personText(known.name, known.role);
  return element(
    "p",
    { class: "account" },
    element("span", { class: "account-name" }, text),
    element("button", { type: "button", onclick: () => signOut() }, t("access.sign_out")),
  );
}

// Not a form: without a referrer, browsers send such a form with the origin "null".
async function signOut() {
  try {
    await fetch(rooted("/sign-out"), { method: "POST", redirect: "manual" });
    location.assign(rooted("/sign-in"));
  } catch (error) {
    console.info("could not sign out:", error.message);
  }
}
