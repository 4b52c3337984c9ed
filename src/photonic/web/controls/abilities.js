// What the camera can do, derived from its settings: libgphoto2 has an entry for each action. No I/O.

const ENTRIES = {
  autofocus: ["autofocusdrive"],
  lens: ["manualfocusdrive"],
  bulb: ["bulb", "eosremoterelease"],
  magnification: ["eoszoom", "liveviewimagezoomratio"],
  position: ["eoszoomposition"],
  focusPoint: ["changeafarea"],
};

// `settings`: as in GET /settings. Returns true or false for each ability.
export function abilities(settings) {
  const there = new Set(settings.map(({ path }) => path.split("/").pop()));
  return Object.fromEntries(Object.entries(ENTRIES).map(([ability, names]) => [ability, names.some((name) => there.has(name))]));
}
