// Where a tap on the picture is in the camera's own pixels. No I/O.

const PART = 5; // an EOS counts the corner of the part that it magnifies: a fifth of the picture's width and height
const SMALLER = /(^|[^a-z])(m|s\d?|medium|small)([^a-z]|$)/i;

const within = (value, least, most) => Math.min(most, Math.max(least, value));

// The share of the camera's picture, {x, y} from 0 to 1, that is seen at a share of the canvas. `turns`: quarter turns to
// the right; `mirror`: whether left and right are exchanged after that.
export function placeOf({ x, y }, { turns, mirror }) {
  if (mirror) x = 1 - x;
  for (let turn = 0; turn < turns; turn += 1) [x, y] = [y, 1 - x];
  return { x: within(x, 0, 1), y: within(y, 0, 1) };
}

// What to ask of POST /liveview/look, so that autofocus looks at that place. `pixels`: [width, height] of the camera's
// largest photo. `able`: as controls/abilities.js gives it.
export function lookAt({ x, y }, [width, height], able) {
  if (able.focusPoint) return { focus_point: [within(Math.round(x * width), 0, width - 1), within(Math.round(y * height), 0, height - 1)] };
  const corner = (share, size) => Math.round(within(share * size - size / PART / 2, 0, size - size / PART));
  return { position: [corner(x, width), corner(y, height)] };
}

// Whether photos of this format have all of the camera's pixels, as far as its name tells.
export const isLargest = (format) => !SMALLER.test(format ?? "");
