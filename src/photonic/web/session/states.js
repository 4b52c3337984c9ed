// The state of a viewer as a table: by the state of the socket and the state of the service.

const OF_CLOSED = { refused: "refused", paused: "hold", away: "backoff", quiet: "backoff" };
const OF_DIALING = { refused: "refused", paused: "hold", away: "dialing", quiet: "dialing" };
const OF_OPEN = { refused: "refused", paused: "hold", away: "waiting", flowing: "live", quiet: "syncing" };

export const STATES = { closed: OF_CLOSED, dialing: OF_DIALING, open: OF_OPEN };

const OTHER_VERSION = "the service uses a version that this client does not know: install the same version on both sides";

// Responses of the status route that reconnecting cannot fix; every other failure means "unknown".
export const REFUSALS = {
  200: OTHER_VERSION,
  401: "not signed in, or no longer: sign in, or use a valid token",
  403: "not allowed to watch: ask the operator for a role that may, or for this page to be allowed",
  404: "the service has no such camera: check the address",
  426: OTHER_VERSION,
};

// Close codes of photonic.live.v1 that refuse access, and the status code that means the same.
export const REFUSED_CLOSES = { 4401: 401, 4403: 403 };
export const TOO_MANY = 4429;

// How many seconds the reason of a close names ("try again in 5 s"); null: it names none.
export function secondsIn(reason) {
  const found = [...reason.matchAll(/\b(\d{1,6}) ?s(?:ec(?:ond)?s?)?\b/g)].at(-1);
  return found === undefined ? null : Number(found[1]);
}

// How long a response asks to wait, in seconds; null: it does not say.
export function retryAfterOf(answer) {
  const text = answer.headers.get("Retry-After") ?? "";
  return /^\d+$/.test(text) ? Number(text) : null;
}
