// A list that the service returns in pages, loaded as far as needed.

const PAGE_LENGTH = 200;
const FIRST_LENGTH = 50;

export class Pages {
  // `ask(query)` returns {items, total, next_cursor}; `identify(item)` its id. `onChange()` is called after every change.
  constructor(ask, identify, onChange) {
    this.ask = ask;
    this.identify = identify;
    this.onChange = onChange;
    this.items = [];
    this.total = 0;
    this.known = false; // whether the service has answered at all
    this.failure = null; // why the last request failed
    this.cursor = null;
    this.wanted = 0;
    this.loading = null;
    this.refreshed = 0; // number of refreshes
    this.ended = false;
  }

  // The list is no longer shown: pending responses change nothing.
  end() {
    this.ended = true;
  }

  // Loads the first `count` items; resolves when they are loaded, or when loading has failed.
  need(count) {
    this.wanted = Math.max(this.wanted, count);
    this.loading ??= this.load().finally(() => { this.loading = null; });
    return this.loading;
  }

  async load() {
    this.failure = null;
    while (!this.ended && (!this.known || (this.cursor !== null && this.items.length < this.wanted))) {
      const limit = this.known ? PAGE_LENGTH : FIRST_LENGTH;
      try {
        const page = await this.ask({ limit, ...(this.cursor === null ? {} : { cursor: this.cursor }) });
        if (this.ended) return;
        this.items.push(...this.unseen(page.items));
        this.total = Math.max(page.total, this.items.length);
        this.cursor = page.next_cursor;
        if (this.cursor === null) this.total = this.items.length;
        this.known = true;
      } catch (error) {
        this.failure = error;
        this.onChange();
        return;
      }
      this.onChange();
    }
  }

  // The photos have changed. New ones are added in front; after other changes, everything is reloaded.
  async refresh() {
    if (!this.known) return this.need(1);
    // Responses may overtake each other: the last request counts.
    const asked = ++this.refreshed;
    await this.loading;
    try {
      const page = await this.ask({ limit: FIRST_LENGTH });
      if (this.ended || asked !== this.refreshed) return;
      const ids = page.items.map(this.identify);
      const first = this.items.length === 0 ? -1 : ids.indexOf(this.identify(this.items[0]));
      const grown = first >= 0 ? first : -1;
      if (grown >= 0 && page.total === this.total + grown) {
        this.items = [...page.items, ...this.items.slice(page.items.length - grown)];
        this.total = page.total;
      } else {
        this.items = page.items;
        this.total = page.total;
        this.cursor = page.next_cursor;
      }
      this.failure = null;
    } catch (error) {
      if (asked !== this.refreshed) return;
      this.failure = error;
    }
    this.onChange();
    if (this.items.length < Math.min(this.wanted, this.total)) await this.need(this.wanted);
  }

  remove(id) {
    const index = this.items.findIndex((item) => this.identify(item) === id);
    if (index < 0) return;
    this.items.splice(index, 1);
    this.total -= 1;
    this.onChange();
  }

  unseen(items) {
    const ids = new Set(this.items.map(this.identify));
    return items.filter((item) => !ids.has(this.identify(item)));
  }
}
