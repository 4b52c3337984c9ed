// Requests of the gallery.

import { rooted } from "../address.js";
import { about, camera } from "../camera.js";
import { ask } from "../service.js";

const LIMIT_MS = 15000;
// After a start, the service first reads its index of photos: repeat the request until it has.
const UNREAD_AGAIN_MS = 1000;
const UNREAD_LIMIT_MS = 60000;
const REDIAL_MS = 5000;
const API = "/api/v1";

async function request(method, path, query = {}) {
  const asked = new URLSearchParams(query);
  if (camera !== null) asked.set("camera", camera);
  const address = `${rooted(API + path)}${asked.size ? `?${asked}` : ""}`;
  const until = performance.now() + UNREAD_LIMIT_MS;
  for (;;) {
    try {
      return (await ask(address, { method, withinMs: LIMIT_MS })).body;
    } catch (error) {
      if (error.kind !== "index_unread" || performance.now() > until) throw error;
    }
    await new Promise((resolve) => { setTimeout(resolve, UNREAD_AGAIN_MS); });
  }
}

const inSession = (session) => `/sessions/${encodeURIComponent(session)}`;
const photo = (id) => `/photos/${encodeURIComponent(id)}`;

export async function sessions(query) {
  const { sessions: items, ...page } = await request("GET", "/sessions", query);
  return { items, ...page };
}

export async function stills(session, query) {
  const { stills: items, ...page } = await request("GET", `${inSession(session)}/photos`, query);
  return { items, ...page };
}

export async function deleted(query) {
  const { stills: items, ...page } = await request("GET", "/photos/deleted", query);
  return { items, ...page };
}

export const remove = (id) => request("DELETE", photo(id));
export const restore = (id) => request("POST", `${photo(id)}/restore`);
export const thumbnail = (id, size) => rooted(`${API}${photo(id)}/thumbnail?size=${size}`);
export const original = (id) => rooted(`${API}${photo(id)}`);
export const saved = (id) => rooted(`${API}${photo(id)}?download=true`);
export const zipped = (session) => about(`${API}${inSession(session)}/photos.zip`);

// Calls `onChange()` when the photos have changed, and after a reconnection.
export function follow(onChange) {
  let seen = null;
  const dial = () => {
    const source = new EventSource(about(`${API}/events`));
    source.addEventListener("status", (event) => {
      const { boot_id: boot, gallery_rev: rev } = JSON.parse(event.data);
      const now = `${boot} ${rev}`;
      if (seen !== null && seen !== now) onChange();
      seen = now;
    });
    // Browsers never retry after a refusal, and do not say what it was: a request does.
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      ask(rooted(`${API}/cameras`)).catch((error) => console.info("no events:", error.message));
      setTimeout(dial, REDIAL_MS);
    });
  };
  dial();
}
