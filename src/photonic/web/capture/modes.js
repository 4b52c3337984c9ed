// What a press of the shutter can begin, and what there is to say of it beforehand. No I/O, no clock.

const COUNT = { name: "count", kind: "number", minimum: 2, maximum: 999, step: 1, value: 5 };
const FRAMES = { ...COUNT, value: 30, maximum: 99_999 };
const EVERY = { name: "every", kind: "number", minimum: 1, maximum: 86_400, step: 1, value: 10 };
const STOPS = {
  name: "stops",
  kind: "choice",
  choices: ["-1 0 1", "-2 0 2", "-2 -1 0 1 2", "-3 -2 -1 0 1 2 3"],
  value: "-2 0 2",
};

// Each mode: its fields, and the request that their values make. `photo` without a delay is a plain capture.
export const MODES = {
  photo: { fields: [], request: () => ({ kind: "self_timer" }) },
  burst: { fields: [COUNT], request: ({ count }) => ({ kind: "burst", count }) },
  bracket: { fields: [STOPS], request: ({ stops }) => ({ kind: "bracket", stops: stops.split(" ").map(Number) }) },
  interval: {
    fields: [EVERY, FRAMES],
    request: ({ every, count }) => ({ kind: "interval", interval_seconds: every, count }),
  },
};

export const TIMERS = [0, 2, 5, 10];

// What is to be asked for; null: a plain capture. `values`: the fields' values by name.
export function requestOf(mode, values, delaySeconds) {
  if (mode === "photo" && delaySeconds === 0) return null;
  const delay = delaySeconds === 0 ? {} : { delay_seconds: delaySeconds };
  return { ...MODES[mode].request(values), ...delay };
}

// A number as a field takes it, as near as it can be; not a number: the field's own.
export function fitted(field, text) {
  const number = Math.round(Number(text));
  if (text === "" || Number.isNaN(number)) return field.value;
  return Math.min(field.maximum, Math.max(field.minimum, number));
}
