// The booth's state machine as a table; no I/O, no clock. An event without a transition changes nothing.

export const STATES = {
  // Waiting for a guest; a touch starts.
  attract: { touch: "counting", unusable: "waiting" },
  // The camera or the service is not ready.
  waiting: { usable: "attract" },
  // The service counts down.
  counting: { exposing: "taking", saved: "review", failed: "sorry", late: "sorry" },
  taking: { saved: "review", failed: "sorry", late: "sorry" },
  // Shows the photo for a while.
  review: { again: "counting", next: "attract", elapsed: "attract" },
  // No photo was taken.
  sorry: { again: "counting", next: "attract", elapsed: "attract" },
};

export const START = "waiting";

// The time limit of each state in seconds, and the event after it; `options`: those of the page's URL.
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

// The next state; null: no transition. `usable`: whether the camera can take a photo now.
export function next(state, event, usable) {
  const to = STATES[state][event] ?? null;
  return to === "attract" && !usable ? "waiting" : to === "counting" && !usable ? "sorry" : to;
}

// Whether a photo can be taken, according to the snapshot.
export function isUsable(reachable, snapshot) {
  return reachable && snapshot !== null && ["ready", "capturing"].includes(snapshot.camera.state);
}
