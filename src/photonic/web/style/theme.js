// Dark, or light by choice; stored by the browser if possible. `?theme=light` in the URL takes precedence.

const KEPT_AS = "photonic.theme";
const THEMES = ["dark", "light"];

export const lit = () => document.documentElement.dataset.theme === "light";

export function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEPT_AS, theme);
  } catch (error) {
    console.info("could not store this choice:", error.message);
  }
}

function kept() {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch (error) {
    console.info("could not read the stored choice:", error.message);
    return null;
  }
}

const asked = new URLSearchParams(location.search).get("theme");
document.documentElement.dataset.theme = [asked, kept()].find((theme) => THEMES.includes(theme)) ?? "dark";
