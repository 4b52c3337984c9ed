// Elements made by scripts: text is always text, and what happens is given beside the attributes.

// `attributes`: false, null and undefined are left out, true is present without a value, `onclick` and the like are
// listeners. `children`: elements and texts.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Text that has not changed is not touched: screen readers would say it again.
export function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
