// Delays between attempts, as in protocol/backoff.py. A ladder of delays is a list, in any unit.

// Delays that double from the first to the longest.
export function doubling(first, longest) {
  const delays = [Math.min(first, longest)];
  while (delays.at(-1) > 0 && delays.at(-1) < longest) delays.push(Math.min(2 * delays.at(-1), longest));
  return delays;
}

// The delay after this many earlier failures; the last delay repeats.
export function delayAfter(failures, delays) {
  return delays[Math.min(failures, delays.length - 1)];
}
