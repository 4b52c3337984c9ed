// Dark, or light by choice; kept by the browser where it keeps anything. `?theme=light` of the address goes before.

const KEPT_AS = "photonic.theme";
const THEMES = ["dark", "light"];

export const lit = () => document.documentElement.dataset.theme === "light";

export function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEPT_AS, theme);
  } catch (error) {
    console.info("the browser does not keep this choice:", error.message);
  }
}

function kept() {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch (error) {
    console.info("the kept choice cannot be read:", error.message);
    return null;
  }
}

const asked = new URLSearchParams(location.search).get("theme");
document.documentElement.dataset.theme = [asked, kept()].find((theme) => THEMES.includes(theme)) ?? "dark";
