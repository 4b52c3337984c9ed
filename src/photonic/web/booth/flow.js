// The booth's machine: what a guest sees, and what comes next. A table; no I/O, no clock. What has no arrow changes nothing.

export const STATES = {
  // Nobody is there; a touch begins.
  attract: { touch: "counting", unusable: "waiting" },
  // The camera or the service cannot take a photo now.
  waiting: { usable: "attract" },
  // The service counts down.
  counting: { exposing: "taking", saved: "review", failed: "sorry", late: "sorry" },
  taking: { saved: "review", failed: "sorry", late: "sorry" },
  // The photo; it goes by itself.
  review: { again: "counting", next: "attract", elapsed: "attract" },
  // No photo came of it.
  sorry: { again: "counting", next: "attract", elapsed: "attract" },
};

export const START = "waiting";

// How long each state lasts at the most, in seconds, and what happens then; `options`: those of the page's address.
export function limitOf(state, options) {
  switch (state) {
    case "counting":
      return { seconds: options.timer + 20, event: "late" };
    case "taking":
      return { seconds: 90, event: "late" };
    case "review":
      return { seconds: options.review, event: "elapsed" };
    case "sorry":
      return { seconds: 12, event: "elapsed" };
    default:
      return null;
  }
}

// The next state; null: this event has no arrow here. `usable`: whether the camera can take a photo now.
export function next(state, event, usable) {
  const to = STATES[state][event] ?? null;
  return to === "attract" && !usable ? "waiting" : to === "counting" && !usable ? "sorry" : to;
}

// Whether a photo can be taken, as far as the snapshot tells.
export function isUsable(reachable, snapshot) {
  return reachable && snapshot !== null && ["ready", "capturing"].includes(snapshot.camera.state);
}
