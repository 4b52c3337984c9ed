// Converts a tap on the picture to the camera's own pixels. No I/O.

const PART = 5; // an EOS expects the corner of the magnified part, a fifth of the picture's width and height
const SMALLER = /(^|[^a-z])(m|s\d?|medium|small)([^a-z]|$)/i;

const within = (value, least, most) => Math.min(most, Math.max(least, value));

// The position in the camera's picture, {x, y} from 0 to 1, for a position on the canvas. `turns`: clockwise quarter turns;
// `mirror`: whether left and right are swapped after that.
export function placeOf({ x, y }, { turns, mirror }) {
  if (mirror) x = 1 - x;
  for (let turn = 0; turn < turns; turn += 1) [x, y] = [y, 1 - x];
  return { x: within(x, 0, 1), y: within(y, 0, 1) };
}

// The body of POST /liveview/look that moves autofocus to that position. `pixels`: [width, height] of the camera's largest
// photo. `able`: from controls/abilities.js.
export function lookAt({ x, y }, [width, height], able) {
  if (able.focusPoint) return { focus_point: [within(Math.round(x * width), 0, width - 1), within(Math.round(y * height), 0, height - 1)] };
  const corner = (share, size) => Math.round(within(share * size - size / PART / 2, 0, size - size / PART));
  return { position: [corner(x, width), corner(y, height)] };
}

// Whether photos in this format have the camera's full resolution, judging by its name.
export const isLargest = (format) => !SMALLER.test(format ?? "");
