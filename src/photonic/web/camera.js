// The camera of the page: `?camera=NAME` (or a serial number), else the service's first.

import { rooted } from "./address.js";

const KEPT = ["camera", "lang", "theme"];
const search = new URLSearchParams(location.search);

export const camera = search.get("camera") || null;

// The camera's routes.
export const base = rooted(camera === null ? "/api/v1/camera" : `/api/v1/cameras/${encodeURIComponent(camera)}`);

// The address of a route for all cameras, limited to this one: "/api/v1/events?camera=left".
export const about = (path) => (camera === null ? rooted(path) : `${rooted(path)}?camera=${encodeURIComponent(camera)}`);

// The address of another page with the same camera, language and theme, if the current address has them.
export const beside = (page) => withQuery(rooted(page), KEPT.map((name) => [name, search.get(name)]));

// The address of this page for another camera (null: none in particular), otherwise unchanged.
export const turnedTo = (name) => withQuery(location.pathname, [...new Map([...search, ["camera", name]])]);

function withQuery(page, entries) {
  const query = new URLSearchParams(entries.filter(([, value]) => value));
  return query.size ? `${page}?${query}` : page;
}
