// The state of the session as shown to a viewer, with its reason.

export class Display {
  state = "stopped";
  reason = null;
  picturedAt = 0; // when there last was a frame, or a pause that explains its absence

  // Updates the state; returns whether it changed.
  show(state, reason, now) {
    if (state === "live" || state === "hold") this.picturedAt = now;
    const news = state !== this.state || reason !== this.reason;
    this.state = state;
    this.reason = reason;
    return news;
  }
}
