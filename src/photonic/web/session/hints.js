// What requests for live view take over from the page's URL: the stream options (?max_fps=10&scale=half), of which values
// that the service would refuse are dropped, and the signature of a signed link.

export const SCALES = new Set(["auto", "full", "half", "quarter"]);

export function hints(search) {
  const asked = new URLSearchParams(search);
  const wanted = new URLSearchParams();
  if (SCALES.has(asked.get("scale"))) wanted.set("scale", asked.get("scale"));
  const fps = Number(asked.get("max_fps") ?? NaN);
  if (fps >= 1 && fps <= 240) wanted.set("max_fps", String(fps));
  return query(wanted, asked);
}

// The query of a request that takes no options.
export const signed = (search) => query(new URLSearchParams(), new URLSearchParams(search));

function query(wanted, asked) {
  if (asked.get("signature")) wanted.set("signature", asked.get("signature"));
  return wanted.size ? `?${wanted}` : "";
}
