// Creates elements: text is always text, never markup; listeners are given with the attributes.

// `attributes`: false, null and undefined are omitted, true has no value, names that begin with "on" are
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

// Unchanged text is not touched: screen readers would read it again.
export function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
