// The stream options in the page's URL (?max_fps=10&scale=half); values that the service would refuse are dropped.

export const SCALES = new Set(["auto", "full", "half", "quarter"]);

export function hints(search) {
  const asked = new URLSearchParams(search);
  const wanted = new URLSearchParams();
  if (SCALES.has(asked.get("scale"))) wanted.set("scale", asked.get("scale"));
  const fps = Number(asked.get("max_fps") ?? NaN);
  if (fps >= 1 && fps <= 240) wanted.set("max_fps", String(fps));
  return wanted.size ? `?${wanted}` : "";
}
