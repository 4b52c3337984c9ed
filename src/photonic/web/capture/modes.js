// What a press of the shutter can begin, and what there is to say of it beforehand. No I/O, no clock.

// `limit`: which of a guest's limits is its largest value (GET /operator).
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
  // The last photo of the longest stack is still within the service's 500 steps.
  { name: "between", kind: "number", minimum: 1, maximum: 5, step: 1, value: 1 },
  { name: "size", kind: "words", choices: ["1", "2", "3"], value: "1" },
  { name: "towards", kind: "words", choices: ["far", "near"], value: "far" },
];

const OPEN = { name: "seconds", kind: "number", minimum: 1, maximum: 21_600, step: 1, value: 30, limit: "exposure_seconds" };

// Each mode: its fields, and what their values ask for. `capture`: fields of a capture, for modes that are one photo at
// once; `request`: those of a sequence. `photo` is a sequence when it has a delay. `needs`: an ability of the body
// (controls/abilities.js) without which there is no such mode.
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
  // The service has no delay for it.
  bulb: {
    needs: "bulb",
    fields: [OPEN],
    capture: ({ seconds }) => ({ bulb_seconds: seconds }),
  },
};

export const TIMERS = [0, 2, 5, 10];

// The modes that a body has; `able`: as controls/abilities.js gives it.
export function modesOf(able) {
  return Object.keys(MODES).filter((mode) => able[MODES[mode].needs] !== false);
}

// The field as guests have it; `limits` null: as the operator has it.
export function limited(field, limits) {
  if (limits === null || field.limit === undefined) return field;
  const maximum = Math.min(field.maximum, limits[field.limit]);
  return { ...field, maximum, value: Math.min(field.value, maximum) };
}

// What is to be asked for, {capture} or {sequence}. `values`: the fields' values by name.
export function requestOf(mode, values, delaySeconds) {
  const { capture, request } = MODES[mode];
  if (capture !== undefined && (delaySeconds === 0 || request === undefined)) return { capture: capture(values) };
  const delay = delaySeconds === 0 ? {} : { delay_seconds: delaySeconds };
  return { sequence: { ...request(values), ...delay } };
}

// Whether it can be begun while a sequence runs, and between two of its frames.
export function isSingle(mode, delaySeconds) {
  return "capture" in MODES[mode] && (delaySeconds === 0 || !("request" in MODES[mode]));
}

// A number as a field takes it, as near as it can be; not a number: the field's own.
export function fitted(field, text) {
  const number = Math.round(Number(text));
  if (text === "" || Number.isNaN(number)) return field.value;
  return Math.min(field.maximum, Math.max(field.minimum, number));
}
