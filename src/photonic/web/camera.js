// Which camera the page is about: the one of `?camera=NAME` (or a serial number), else the service's first.

const KEPT = ["camera", "lang", "theme"];
const search = new URLSearchParams(location.search);

export const camera = search.get("camera") || null;

// The camera's routes.
export const base = camera === null ? "/api/v1/camera" : `/api/v1/cameras/${encodeURIComponent(camera)}`;

// The address of what all cameras have, asked about this one: "/api/v1/events?camera=left".
export const about = (address) => (camera === null ? address : `${address}?camera=${encodeURIComponent(camera)}`);

// The address of another page: about the same camera, in the same language and theme where the address says them.
export const beside = (page) => withQuery(page, KEPT.map((name) => [name, search.get(name)]));

// The address of this page about another camera; null: about none in particular. All else that it says stays.
export const turnedTo = (name) => withQuery(location.pathname, [...new Map([...search, ["camera", name]])]);

function withQuery(page, entries) {
  const query = new URLSearchParams(entries.filter(([, value]) => value));
  return query.size ? `${page}?${query}` : page;
}
