// What the body can be asked for, as its settings tell: libgphoto2 has an entry for each deed that there is. No I/O.

const ENTRIES = {
  autofocus: ["autofocusdrive"],
  lens: ["manualfocusdrive"],
  bulb: ["bulb", "eosremoterelease"],
  magnification: ["eoszoom", "liveviewimagezoomratio"],
  position: ["eoszoomposition"],
  focusPoint: ["changeafarea"],
};

// `settings`: as GET /settings lists them. Gives whether the body has each ability, true or false.
export function abilities(settings) {
  const there = new Set(settings.map(({ path }) => path.split("/").pop()));
  return Object.fromEntries(Object.entries(ENTRIES).map(([ability, names]) => [ability, names.some((name) => there.has(name))]));
}
