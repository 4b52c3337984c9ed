// Requests to the service: each with a deadline, and one class for all failures.

const ANSWER_MS = 5000;
const UNAUTHORIZED = 401;
const PROBLEM = "urn:photonic:problem:";

// A failed request: `kind` is the type of the problem ("autofocus_failed"), or "unreachable" if there was no response.
// `problem` is its body, or {}.
export class Refused extends Error {
  constructor(kind, detail, status = 0, problem = {}) {
    super(detail);
    this.kind = kind;
    this.status = status;
    this.problem = problem;
  }
}

const strangers = new Set();

// Calls `listener()` whenever the service does not know this browser, or no longer.
export const onUnauthorized = (listener) => strangers.add(listener);

// Returns {body, headers}. Throws `Refused`.
export async function ask(address, { method = "GET", body, key, withinMs = ANSWER_MS } = {}) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  if (key !== undefined) headers["Idempotency-Key"] = key;
  let answer, json;
  try {
    answer = await fetch(address, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(withinMs),
    });
    json = await answer.json();
  } catch (error) {
    throw new Refused("unreachable", error.message);
  }
  if (answer.ok) return { body: json, headers: answer.headers };
  if (answer.status === UNAUTHORIZED) for (const listener of strangers) listener();
  const kind = String(json.type ?? "").replace(PROBLEM, "");
  throw new Refused(kind, String(json.detail ?? `the service answered ${answer.status}`), answer.status, json);
}
