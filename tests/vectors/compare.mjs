// For node: vectors come in, one a line; for each a line goes out, the number of equal steps or where the first one differs.

import { createInterface } from "node:readline";
import { Session } from "../../src/photonic/web/session/session.js";
import { replay } from "./replay.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  const vector = JSON.parse(line);
  const said = replay(Session, vector);
  const at = vector.steps.findIndex(([, , expected], step) => JSON.stringify(said[step]) !== JSON.stringify(expected));
  const difference = at < 0 ? null : { step: vector.steps[at], said: said[at] };
  process.stdout.write(`${JSON.stringify({ steps: said.length, difference })}\n`);
}
