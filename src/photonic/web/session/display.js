// What a viewer is told of its session: a state, why, and since when.

export class Display {
  state = "stopped";
  reason = null;
  since = 0;
  picturedAt = 0; // when there last was a picture, or a pause that explains its absence

  // Takes what holds now; whether that is news.
  show(state, reason, now) {
    if (state === "live" || state === "hold") this.picturedAt = now;
    if (state !== this.state) this.since = now;
    const news = state !== this.state || reason !== this.reason;
    this.state = state;
    this.reason = reason;
    return news;
  }
}
