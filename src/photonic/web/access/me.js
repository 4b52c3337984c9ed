// Who this browser is to the service, and what it may do. The service decides; a page only hides what would be refused.

import { here, rooted } from "../address.js";
import { ask } from "../service.js";

const KEPT = ["lang", "theme"];

// The sign-in page, with the way back to this one. `needs`: the role that is missing; null: any will do.
export function signInAddress(needs = null) {
  const query = new URLSearchParams({ next: here() });
  if (needs !== null) query.set("needs", needs);
  const search = new URLSearchParams(location.search);
  for (const name of KEPT) if (search.has(name)) query.set(name, search.get(name));
  return `${rooted("/sign-in")}?${query}`;
}

export class Me {
  known = null; // {name, role, means, ends_in_seconds, pin_set, may}; null: the service has not said

  // Returns whether the service has answered.
  async read() {
    try {
      this.known = (await ask(rooted("/api/v1/access"))).body;
      return true;
    } catch (error) {
      console.info("could not find out who this is:", error.message);
      return false;
    }
  }

  // Whether this browser may do that; as long as nothing is known, the service may refuse it.
  may(permission) {
    return this.known === null || this.known.may.includes(permission);
  }
}
