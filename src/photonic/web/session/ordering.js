// Which of two snapshots is the newer one, whatever way and in whatever order they came: by boot, then by revision.

const RETIRED_BOOTS_KEPT = 64;

export class SnapshotOrder {
  bootId = null;
  rev = null;
  #retired = new Set();

  // "first", "new boot", "newer", "same" (a heartbeat) or "stale"; all but a stale one are the newest from now on.
  take({ boot_id: bootId, rev }) {
    if (this.#retired.has(bootId)) return "stale";
    let order;
    if (this.bootId === null) {
      order = "first";
    } else if (bootId !== this.bootId) {
      this.#retire(this.bootId);
      order = "new boot";
    } else if (rev === this.rev) {
      return "same";
    } else if (rev < this.rev) {
      return "stale";
    } else {
      order = "newer";
    }
    this.bootId = bootId;
    this.rev = rev;
    return order;
  }

  #retire(bootId) {
    this.#retired.add(bootId);
    if (this.#retired.size > RETIRED_BOOTS_KEPT) this.#retired.delete(this.#retired.values().next().value);
  }
}
