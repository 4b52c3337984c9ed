// Decides which of two snapshots is newer, regardless of the way and the order in which they arrived.
//
// The ids of runs have no order, and no clock can be trusted across runs. What remains is cause and effect: every
// connection attempt and status request of a session gets the next number of one series, and a run cannot answer what is
// sent after it has ended. So anything sent after the first message of a run is answered by that run or by a later one;
// anything sent before may have been answered by either, and proves nothing.

export class SnapshotOrder {
  run = null; // of the newest snapshot
  rev = null;
  #sentBefore = 0;

  // Returns "first", "new run" (a later one), "newer", "same" (a heartbeat), "stale" or "unproven" (another run, earlier or
  // later). Unless dropped, the snapshot is the newest from now on. `sent`: number of the attempt or request that brought
  // it; `newestSent`: the last number used. No run is refused forever.
  take(run, rev, sent, newestSent) {
    let order;
    if (this.rev === null) {
      order = "first";
    } else if (run !== this.run) {
      if (sent <= this.#sentBefore) return "unproven";
      order = "new run";
    } else if (rev > this.rev) {
      order = "newer";
    } else {
      return rev === this.rev ? "same" : "stale";
    }
    if (order !== "newer") this.#sentBefore = newestSent;
    this.run = run;
    this.rev = rev;
    return order;
  }
}

export const dropped = (order) => order === "stale" || order === "unproven";
