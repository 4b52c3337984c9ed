// The modes of the shutter button, and their fields. No I/O, no clock.

// `limit`: which limit of a guest is its maximum (GET /operator).
const COUNT = { name: "count", kind: "number", minimum: 2, maximum: 999, step: 1, value: 5, limit: "frames" };
const FRAMES = { ...COUNT, value: 30, maximum: 99_999 };
const EVERY = { name: "every", kind: "number", minimum: 1, maximum: 86_400, step: 1, value: 10, limit: "wait_seconds" };
const STOPS = {
  name: "stops",
  kind: "choice",
  choices: ["-1 0 1", "-2 0 2", "-2 -1 0 1 2", "-3 -2 -1 0 1 2 3"],
  value: "-2 0 2",
};

const STACK = [
  { ...COUNT, maximum: 100, value: 10 },
  // The longest stack stays within the service's limit of 500 steps.
  { name: "between", kind: "number", minimum: 1, maximum: 5, step: 1, value: 1 },
  { name: "size", kind: "named", choices: ["1", "2", "3"], value: "1" },
  { name: "towards", kind: "named", choices: ["far", "near"], value: "far" },
];

const OPEN = { name: "seconds", kind: "number", minimum: 1, maximum: 21_600, step: 1, value: 30, limit: "exposure_seconds" };

// Each mode: its fields, and the request for their values. `capture`: fields of a capture request, for single photos;
// `request`: those of a sequence. `photo` is a sequence if it has a delay. `needs`: an ability (controls/abilities.js)
// that the mode requires.
export const MODES = {
  photo: { fields: [], capture: () => ({}), request: () => ({ kind: "self_timer" }) },
  burst: { fields: [COUNT], request: ({ count }) => ({ kind: "burst", count }) },
  bracket: { fields: [STOPS], request: ({ stops }) => ({ kind: "bracket", stops: stops.split(" ").map(Number) }) },
  interval: {
    fields: [EVERY, FRAMES],
    request: ({ every, count }) => ({ kind: "interval", interval_seconds: every, count }),
  },
  stack: {
    needs: "lens",
    fields: STACK,
    request: ({ count, between, size, towards }) => ({
      kind: "focus_stack",
      count,
      focus_end: (count - 1) * between * (towards === "near" ? -1 : 1),
      focus_size: Number(size),
    }),
  },
  // The service does not support a delay for it.
  bulb: {
    needs: "bulb",
    fields: [OPEN],
    capture: ({ seconds }) => ({ bulb_seconds: seconds }),
  },
};

export const TIMERS = [0, 2, 5, 10];

// The modes that a camera supports; `able`: from controls/abilities.js.
export function modesOf(able) {
  return Object.keys(MODES).filter((mode) => able[MODES[mode].needs] !== false);
}

// The field with the limits of a guest; `limits` null: of the operator.
export function limited(field, limits) {
  if (limits === null || field.limit === undefined) return field;
  const maximum = Math.min(field.maximum, limits[field.limit]);
  return { ...field, maximum, value: Math.min(field.value, maximum) };
}

// The request to send, {capture} or {sequence}. `values`: the fields' values by name.
export function requestOf(mode, values, delaySeconds) {
  const { capture, request } = MODES[mode];
  if (capture !== undefined && (delaySeconds === 0 || request === undefined)) return { capture: capture(values) };
  const delay = delaySeconds === 0 ? {} : { delay_seconds: delaySeconds };
  return { sequence: { ...request(values), ...delay } };
}

// Whether it can be started during a sequence, between two of its frames.
export function isSingle(mode, delaySeconds) {
  return "capture" in MODES[mode] && (delaySeconds === 0 || !("request" in MODES[mode]));
}

// The nearest number that a field accepts; the field's default if it is not a number.
export function fitted(field, text) {
  const number = Math.round(Number(text));
  if (text === "" || Number.isNaN(number)) return field.value;
  return Math.min(field.maximum, Math.max(field.minimum, number));
}
