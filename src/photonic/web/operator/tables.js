// Facts and tables: touched only where they changed.

import { element } from "../element.js";

// `facts`: pairs of name and text.
export function showFacts(list, facts) {
  renew(list, facts, () => facts.map(([name, text]) => element("div", {}, element("dt", {}, name), element("dd", {}, text))));
}

// `rows`: texts by column; `none`, where there is one, is shown in the table's place when there are none.
export function showTable(table, none, columns, rows) {
  if (none !== null) none.hidden = rows.length > 0;
  table.hidden = rows.length === 0;
  renew(table, rows, () => [
    element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((text) => element("td", {}, text))))),
  ]);
}

function renew(place, told, made) {
  const key = JSON.stringify(told);
  if (place.told === key) return;
  place.told = key;
  place.replaceChildren(...made());
}
