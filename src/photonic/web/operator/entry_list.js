// A list of entries, each with a title, a line of facts and a button; an entry that did not change keeps its element, and so
// the focus.

import { element } from "../element.js";

export class EntryList {
  #list;
  #none;
  #lines;
  #shown = new Map();

  // `none`: the element to show instead of an empty list. `lines(entry)` returns {title, detail, action}: `title` is a list
  // of texts and elements, `action` [label, its full name, what it does], or null.
  constructor(list, none, lines) {
    this.#list = list;
    this.#none = none;
    this.#lines = lines;
  }

  // `entries`: each has an `id`.
  show(entries) {
    this.#none.hidden = entries.length > 0;
    const made = new Map(entries.map((entry) => [entry.id, this.#elementOf(entry)]));
    this.#shown = made;
    const elements = [...made.values()];
    // An element that is moved would lose the focus.
    if (elements.length === this.#list.children.length && elements.every((each, at) => this.#list.children[at] === each)) return;
    this.#list.replaceChildren(...elements);
  }

  #elementOf(entry) {
    const { title, detail, action } = this.#lines(entry);
    const known = this.#shown.get(entry.id);
    const text = title.map((part) => (part instanceof Element ? part.textContent : (part ?? ""))).join(" ");
    if (known !== undefined && known.dataset.title === text) {
      const facts = known.querySelector(".entry-detail");
      if (facts.textContent !== detail) facts.textContent = detail;
      return known;
    }
    return element(
      "li",
      { "data-title": text },
      element("p", { class: "entry-title" }, ...title.flatMap((part) => [part, " "])),
      element("p", { class: "entry-detail" }, detail),
      action === null ? null : element("button", { type: "button", "aria-label": action[1], onclick: action[2] }, action[0]),
    );
  }
}
