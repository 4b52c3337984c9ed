// The state of a viewer as a table: by the state of the socket and the state of the service.

const OF_CLOSED = { refused: "refused", paused: "hold", away: "backoff", quiet: "backoff" };
const OF_DIALING = { refused: "refused", paused: "hold", away: "dialing", quiet: "dialing" };
const OF_OPEN = { paused: "hold", away: "waiting", flowing: "live", quiet: "syncing" };

export const STATES = { closed: OF_CLOSED, dialing: OF_DIALING, open: OF_OPEN };

const OTHER_VERSION = "the service uses a version that this client does not know: install the same version on both sides";

// Responses of the status route that reconnecting cannot fix; every other failure means "unknown".
export const REFUSALS = {
  200: OTHER_VERSION,
  401: "the service requires a token: enter a valid one",
  403: "the service does not allow this: check the token and the address",
  404: "the service has no such camera: check the address",
  426: OTHER_VERSION,
};
