// What the address asks of a page (?timer=5&mirror=0); what it does not know, or does not take, is left at its default.

// `known`: by name a number's [default, least, greatest], a choice's list (the first is the default), or true, false.
export function optionsOf(search, known) {
  const asked = new URLSearchParams(search);
  return Object.fromEntries(
    Object.entries(known).map(([name, takes]) => [name, valueOf(asked.get(name), takes)]),
  );
}

function valueOf(text, takes) {
  if (typeof takes === "boolean") return text === null ? takes : !["0", "false", "no", "off"].includes(text.toLowerCase());
  if (typeof takes[0] === "string") return takes.includes(text) ? text : takes[0];
  const [usual, least, greatest] = takes;
  const number = Number(text ?? NaN);
  return text !== "" && number >= least && number <= greatest ? number : usual;
}
