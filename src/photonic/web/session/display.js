// What a viewer is told of its session: a state, and why.

export class Display {
  state = "stopped";
  reason = null;
  picturedAt = 0; // when there last was a picture, or a pause that explains its absence

  // Takes what holds now; whether that is news.
  show(state, reason, now) {
    if (state === "live" || state === "hold") this.picturedAt = now;
    const news = state !== this.state || reason !== this.reason;
    this.state = state;
    this.reason = reason;
    return news;
  }
}
