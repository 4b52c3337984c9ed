// A message at the bottom of the page with one action; disappears after a while unless the pointer is on it.

const STAYS_MS = 12000;

export class Toast {
  constructor(element) {
    this.element = element;
    [this.text, this.button] = element.children;
    this.act = null;
    this.timer = 0;
    this.button.addEventListener("click", () => this.run());
    element.addEventListener("pointerenter", () => clearTimeout(this.timer));
    element.addEventListener("pointerleave", () => this.count());
  }

  show(text, label = "", act = null) {
    this.text.textContent = text;
    this.button.textContent = label;
    this.button.hidden = act === null;
    this.act = act;
    this.element.dataset.shown = "yes";
    this.count();
  }

  // Runs the button's action; returns whether there was one.
  run() {
    const { act } = this;
    if (act === null) return false;
    this.hide();
    act();
    return true;
  }

  hide() {
    clearTimeout(this.timer);
    this.act = null;
    this.button.hidden = true;
    this.text.textContent = "";
    delete this.element.dataset.shown;
  }

  count() {
    clearTimeout(this.timer);
    if (this.element.dataset.shown) this.timer = setTimeout(() => this.hide(), STAYS_MS);
  }
}
