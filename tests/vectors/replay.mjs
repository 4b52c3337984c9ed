// Plays a recorded vector on the page's session machine: what it says to each step. No I/O: for browsers and for node.

const inputs = {
  start: () => ({ type: "start" }),
  stop: () => ({ type: "stop" }),
  tick: () => ({ type: "tick" }),
  opened: (gen) => ({ type: "opened", gen }),
  closed: (gen, code, retryAfter) => ({ type: "closed", gen, code, retryAfter }),
  frame: (gen, seq, valid) => ({ type: "frame", gen, seq, valid }),
  push: (gen, snapshot) => ({ type: "snapshot", gen, snapshot }),
  answer: (req, snapshot) => ({ type: "snapshot", req, snapshot }),
  status_error: (req, status, retryAfter) => ({ type: "status_error", req, status, retryAfter }),
};

// `jitter`: the number that every draw gives, or the draws in their order.
export function replay(Session, { jitter, give_up_after: giveUpAfter, steps }) {
  const draws = Array.isArray(jitter) ? [...jitter] : null;
  const session = new Session({ jitter: () => (draws === null ? jitter : draws.shift()), giveUpAfter });
  return steps.map(([now, [type, ...rest]]) => session.handle(inputs[type](...rest), now).map(Object.values));
}
