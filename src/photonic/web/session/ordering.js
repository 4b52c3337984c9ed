// Which of two snapshots is the newer one, whatever way and in whatever order they came.
//
// Runs of a service have no order in their names, and no clock can be trusted across them. What remains is cause and
// effect: every dial and every question of a session gets the next number of one series, and a run that has been heard
// answers nothing that is sent after it has ended. So what is sent after the first word of a run is answered by that run
// or by a later one; what was sent before may have been answered by either, and proves nothing.

export class SnapshotOrder {
  run = null; // of the newest snapshot
  rev = null;
  #sentBefore = 0;

  // "first", "new run" (another one, and a later one), "newer", "same" (a heartbeat), "stale" or "unproven" (another run,
  // earlier or later); the newest from now on unless it is dropped. `sent`: the number of the dial or question that brought
  // it; `newestSent`: the last number given out. No run is refused for ever.
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
