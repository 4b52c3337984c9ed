"""A walk over a page by Tab alone: what is reached, what is seen of the focus, and that it gets out at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

# Marks what a keyboard has to reach within `root`: visible and enabled.
BEGIN = """root => {
  const native = "a[href], button, select, input, textarea, summary";
  // Of a grid of tiles one has the Tab key's place, and arrows move it.
  const skipped = (each) => each.matches("[tabindex='-1']") && (!each.matches(native) || each.closest("#tiles"));
  const all = [...document.querySelectorAll(`${native}, [tabindex]`)].filter((each) =>
    !each.matches(":disabled, [inert] *") && !skipped(each) && each.checkVisibility({ visibilityProperty: true }));
  window.unreached = new Set(all.filter((each) => each.closest(root)));
  window.nameOf = (each) => each.getAttribute("aria-label") || each.id || each.textContent.trim() || each.className;
  document.activeElement.blur();
  return [all.length, window.unreached.size];
}"""
# What is wrong with the place where the focus is now; "" on nothing.
STEP = """() => {
  const at = document.activeElement;
  // A dialog that fills the window, or a heading, holds the focus for its contents.
  if (at === document.body || at.tabIndex < 0) return "";
  window.unreached.delete(at);
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const { left, right, top, bottom } = at.getBoundingClientRect();
  const seen = right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
  if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) return `no outline: ${nameOf(at)}`;
  return seen ? "" : `out of sight: ${nameOf(at)}`;
}"""


async def walked(page: Page, root: str = "body", key: str = "Tab") -> list[str]:
    """What is wrong on a walk around ``root``: not reached, focus unseen. Nothing there to reach is wrong, too."""
    everything, wanted = await page.evaluate(BEGIN, root)
    wrong = [] if wanted else [f"nothing to reach in {root}"]
    # Twice past the ends, where the browser's own buttons may come between. The page has to be complete: rooms that
    # appear during the walk take presses that were not counted.
    for _press in range(everything + 4):
        await page.keyboard.press(key)
        wrong.append(await page.evaluate(STEP))
    left: list[str] = await page.evaluate("[...window.unreached].map(nameOf)")
    return sorted({each for each in wrong if each}) + [f"not reached: {each}" for each in left]
