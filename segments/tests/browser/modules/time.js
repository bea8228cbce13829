// Tests of the rows that a row looks at by their time, and of its periods.

import { endOf, grow, plain } from "/static/segments/builder/state.js";
import { keepPeriods, mayBeLimited, timeControls, turnLimit } from "/static/segments/builder/time.js";
import { equal, test } from "/tests/unit.js";

const language = {
  attributes: {
    "order.created": { label: "Ordered", type: "datetime" },
    "order.updated": { label: "Updated", type: "datetime" },
    "order.total": { label: "Total", type: "money" },
  },
  relations: {
    order: { has_time: true, of: ["order.created", "order.updated", "order.total"] },
    letter: { has_time: false, of: [] },
  },
  limits: { rows: 1000, periods: 60 },
  times: (relation) => relation === "order" ? [["order.created", "Ordered"], ["order.updated", "Updated"]] : [],
};
const on = { language, places: new Map(), edit: (_node, act) => act(), adding: () => "adds" };

function drawn(json) {
  const node = grow(json);
  const host = document.createElement("div");
  host.append(...timeControls(on, { node }, "name").flat(Infinity).filter(Boolean));
  const named = (id) => ({ [node.id]: "n", [node[endOf(node)]?.id]: "limit" })[id];
  const keys = [...host.querySelectorAll("[data-key]")].map(({ dataset, value }) => [dataset.key.split(":"), value]);
  return [...keys.map(([[id, part], value]) => [`${named(id)}:${part}`, value]), host.textContent.includes("adds")];
}

test("only rows of customers with a time may be the first or last", () => {
  const may = (node, relation = null) => Boolean(mayBeLimited(language, { node, relation }));
  equal([may({ relation: "order" }), may({ relation: "letter" }), may({ relation: "order" }, "letter")],
    [true, false, false]);
  equal(may({ relation: "letter", last: 1, at: "letter.sent" }), true, "it can be taken back");
});

test("a limit is turned on and off, and its time goes with it", () => {
  const node = { relation: "order" };
  turnLimit(node);
  equal([node.last.rows, node.last.conditions, endOf(node)], [1, [], "last"]);
  node.at = "order.created";
  turnLimit(node);
  equal(node, { relation: "order" });
});

test("periods stay while they are asked for", () => {
  const node = { relation: "order" };
  keepPeriods(node, { needs_periods: true });
  equal(node.periods, { unit: "month", count: 6 });
  node.periods.count = 2;
  keepPeriods(node, { needs_periods: true });
  equal(node.periods.count, 2);
  keepPeriods(node, {});
  equal(node, { relation: "order" });
});

test("each key has a control", () => {
  equal(drawn({ relation: "order" }), [false]);
  equal(drawn({ relation: "order", first: { rows: 3, conditions: [{ attribute: "order.total" }] } }),
    [["n:end", "first"], ["limit:count", "3"], ["n:at", ""], false]);
  equal(drawn({ relation: "order", last: 5 }), [["n:end", "last"], ["limit:count", "5"], ["n:at", ""], true],
    "conditions can be added to a mere number");
  equal(drawn({ relation: "order", periods: { unit: "week", count: 4 }, at: "order.created" }),
    [["n:periods", "4"], ["n:unit", "week"], ["n:at", "order.created"], false]);
});

test("another number keeps the conditions of the last rows", () => {
  const conditions = [{ attribute: "order.total" }];
  const node = grow({ relation: "order", last: { rows: 3, conditions } });
  const [[end, count]] = timeControls(on, { node }, "name");
  count.value = "7";
  count.dispatchEvent(new Event("change"));
  equal(plain(node).last, { rows: 7, match: "all", conditions });
  count.value = "0";
  count.dispatchEvent(new Event("change"));
  equal([node.last.rows, count.value], [7, "3"], "it is no number of rows");
  end.value = "first";
  end.dispatchEvent(new Event("change"));
  equal(endOf(node), "first");
});
