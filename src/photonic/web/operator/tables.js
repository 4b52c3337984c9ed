// Facts and tables, updated only if they changed.

import { element } from "../element.js";

// `facts`: [name, text] pairs.
export function showFacts(list, facts) {
  renew(list, facts, () => facts.map(([name, text]) => element("div", {}, element("dt", {}, name), element("dd", {}, text))));
}

// `rows`: texts by column. `none`: element to show instead of an empty table, or null.
export function showTable(table, none, columns, rows) {
  if (none !== null) none.hidden = rows.length > 0;
  table.hidden = rows.length === 0;
  renew(table, rows, () => [
    element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((text) => element("td", {}, text))))),
  ]);
}

function renew(place, content, made) {
  const key = JSON.stringify(content);
  if (place.shown === key) return;
  place.shown = key;
  place.replaceChildren(...made());
}
