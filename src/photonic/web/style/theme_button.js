// The button that switches between the dark and the light theme.

import { element } from "../element.js";
import { t } from "../i18n/translate.js";
import { lit, setTheme } from "./theme.js";

export function themeButton() {
  const flip = () => {
    setTheme(lit() ? "dark" : "light");
    button.setAttribute("aria-pressed", String(lit()));
  };
  const button = element("button", { type: "button", class: "theme", "aria-pressed": String(lit()), onclick: flip }, t("tools.light"));
  return button;
}
