// Options in a page's URL (?timer=5&mirror=0). Unknown ones are ignored; invalid values are replaced by the default.

// `known`: by name, [default, minimum, maximum] of a number, the list of a choice (default first), or true, false.
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
