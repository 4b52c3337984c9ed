// Requests to the service: each with a deadline, and each failure as one shape.

const ANSWER_MS = 5000;
const PROBLEM = "urn:photonic:problem:";

// What the service answered, or that it did not: `kind` is a problem's kind ("autofocus_failed"), "unreachable" when no
// answer came. `problem` is the body, {} when there is none.
export class Refused extends Error {
  constructor(kind, detail, status = 0, problem = {}) {
    super(detail);
    this.kind = kind;
    this.status = status;
    this.problem = problem;
  }
}

// Gives {body, headers}. Throws `Refused`.
export async function ask(address, { method = "GET", body, key, withinMs = ANSWER_MS } = {}) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  if (key !== undefined) headers["Idempotency-Key"] = key;
  let answer, told;
  try {
    answer = await fetch(address, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(withinMs),
    });
    told = await answer.json();
  } catch (error) {
    throw new Refused("unreachable", error.message);
  }
  if (answer.ok) return { body: told, headers: answer.headers };
  const kind = String(told.type ?? "").replace(PROBLEM, "");
  throw new Refused(kind, String(told.detail ?? `the service answered ${answer.status}`), answer.status, told);
}
