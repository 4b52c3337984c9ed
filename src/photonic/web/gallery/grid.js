// A grid in which only visible tiles exist, so that thousands scroll as smoothly as ten.
// One tile is in the tab order; the arrow keys, Home, End, Page Up and Page Down move it.

const SPARE_ROWS = 2;
const SETTLE_MS = 90;
const GAP = 10;

export class Grid {
  // `room` scrolls and contains `list`. `make()` returns an empty tile, an <li>; `fill(tile, index)` shows item `index` in it,
  // or a blank while it is not loaded; `clear(tile)` empties it; `picture(tile)` loads its picture.
  constructor(room, list, { make, fill, clear, picture, onNeed, onOpen, onDelete }) {
    Object.assign(this, { room, list, make, fill, clear, picture, onNeed, onOpen, onDelete });
    this.count = 0;
    this.ideal = 180;
    this.ratio = 1;
    this.current = 0; // the index in the tab order
    this.tiles = new Map();
    this.spare = [];
    this.scrolledAt = 0;
    this.planned = false;
    this.settling = 0;
    this.plan = this.plan.bind(this);
    this.room.addEventListener("scroll", this.plan, { passive: true });
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("focusin", (event) => this.focused(event));
    this.list.addEventListener("click", (event) => this.clicked(event));
    new ResizeObserver(this.plan).observe(this.room);
  }

  // `count` tiles about `ideal` pixels wide; `extra` pixels below each picture of `ratio` (height over width).
  show(count, { ideal, ratio, extra }) {
    Object.assign(this, { count, ideal, ratio, extra });
    this.current = Math.max(0, Math.min(this.current, count - 1));
    this.empty();
    this.lay();
  }

  // Items have changed or were added.
  update(count) {
    this.count = count;
    this.current = Math.max(0, Math.min(this.current, count - 1));
    for (const [index, tile] of this.tiles) if (index < count) this.fill(tile, index);
    this.lay();
    this.settle();
  }

  reset() {
    this.current = 0;
    this.room.scrollTop = 0;
  }

  focus(index = this.current) {
    this.reach(index);
    this.tiles.get(this.current)?.querySelector("a")?.focus({ preventScroll: true });
  }

  tileOf(index) {
    return this.tiles.get(index) ?? null;
  }

  // Scrolls the tile of `index` into view.
  reach(index) {
    this.current = Math.max(0, Math.min(index, this.count - 1));
    const top = this.list.offsetTop + Math.floor(this.current / this.columns) * this.pitch;
    const { scrollTop, clientHeight } = this.room;
    if (top - GAP < scrollTop) this.room.scrollTop = top - GAP;
    else if (top + this.pitch > scrollTop + clientHeight) this.room.scrollTop = top + this.pitch - clientHeight;
    this.lay();
  }

  plan() {
    if (this.planned) return;
    this.planned = true;
    requestAnimationFrame(() => {
      this.planned = false;
      this.lay();
    });
  }

  lay() {
    const width = this.list.clientWidth;
    if (width === 0) return;
    this.columns = Math.max(1, Math.floor((width + GAP) / (this.ideal + GAP)));
    this.side = (width - (this.columns - 1) * GAP) / this.columns;
    this.pitch = this.side * this.ratio + this.extra + GAP;
    const rows = Math.ceil(this.count / this.columns);
    this.list.style.height = `${Math.max(0, rows * this.pitch - GAP)}px`;
    const { scrollTop, clientHeight } = this.room;
    const first = Math.max(0, Math.floor(scrollTop / this.pitch) - SPARE_ROWS) * this.columns;
    const end = Math.min(this.count, (Math.ceil((scrollTop + clientHeight) / this.pitch) + SPARE_ROWS) * this.columns);
    this.swap(first, end);
    if (end > 0) this.onNeed(end);
    // During fast scrolling, pictures are not worth loading.
    const fast = Math.abs(scrollTop - this.scrolledAt) > clientHeight / 2;
    this.scrolledAt = scrollTop;
    clearTimeout(this.settling);
    if (fast) this.settling = setTimeout(() => this.settle(), SETTLE_MS);
    else this.settle();
  }

  swap(first, end) {
    const held = document.activeElement?.closest("li");
    for (const [index, tile] of this.tiles) {
      // The focused tile stays, visible or not.
      if ((index < first || index >= end) && (tile !== held || index >= this.count)) this.drop(index, tile);
    }
    for (let index = first; index < end; index += 1) {
      const tile = this.tiles.get(index) ?? this.take(index);
      this.place(tile, index);
    }
    for (const [index, tile] of this.tiles) tile.firstChild.tabIndex = index === this.current ? 0 : -1;
  }

  take(index) {
    const tile = this.spare.pop() ?? this.make();
    this.tiles.set(index, tile);
    this.fill(tile, index);
    this.list.append(tile);
    return tile;
  }

  drop(index, tile) {
    this.tiles.delete(index);
    this.clear(tile);
    tile.remove();
    this.spare.push(tile);
  }

  place(tile, index) {
    const row = Math.floor(index / this.columns);
    tile.dataset.index = String(index);
    tile.setAttribute("aria-setsize", String(this.count));
    tile.setAttribute("aria-posinset", String(index + 1));
    tile.style.width = `${this.side}px`;
    tile.style.height = `${this.pitch - GAP}px`;
    tile.style.transform = `translate(${(index % this.columns) * (this.side + GAP)}px, ${row * this.pitch}px)`;
  }

  settle() {
    for (const tile of this.tiles.values()) this.picture(tile);
  }

  empty() {
    for (const [index, tile] of this.tiles) this.drop(index, tile);
  }

  indexOf(target) {
    const tile = target.closest?.("li");
    return tile && tile.parentNode === this.list ? Number(tile.dataset.index) : -1;
  }

  focused(event) {
    const index = this.indexOf(event.target);
    if (index < 0) return;
    this.current = index;
    this.plan();
  }

  clicked(event) {
    const index = this.indexOf(event.target);
    if (index < 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    this.current = index;
    this.onOpen(index);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.room.clientHeight / this.pitch)) * this.columns;
    const moves = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns, PageUp: -page, PageDown: page,
      Home: -this.count, End: this.count,
    };
    if (event.key in moves) {
      event.preventDefault();
      this.focus(this.current + moves[event.key]);
    } else if (event.key === "Delete" && this.onDelete) {
      event.preventDefault();
      this.onDelete(this.current);
    }
  }
}
