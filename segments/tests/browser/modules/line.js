// Tests of one thought in one row: its controls, and what they change.

import { h } from "/static/segments/builder/dom.js";
import { line, match } from "/static/segments/builder/line.js";
import { choose, stage, texts, type } from "/tests/page.js";
import { spoken } from "/tests/registry.js";
import { at, leaf, planted, rows } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

// As much of the renderer as is asked here.
function drawn(json) {
  const tree = planted(json);
  const told = [];
  const on = {
    ...spoken(), places: new Map([...tree.places()].map((place) => [place.node.id, place])),
    name: ({ number }) => number,
    edit: (_node, act, part) => { act(); told.push(["edit", part]); },
    remove: ({ number }) => told.push(["remove", number]),
    adding: () => h("i", { class: "adding" }), tell: (text) => told.push(["tell", text]), note: () => {},
  };
  const node = at(tree, "1");
  const host = h("div", {}, line(on, on.places.get(node.id)));
  stage(host);
  const part = (name) => host.querySelector(`[data-key="${node.id}:${name}"]`);
  return { on, node, host, told, part };
}

test("a condition is its field, its operator and its value", () => {
  const { host, part } = drawn(leaf("city", { value: "Bonn" }));
  equal([part("attribute").value, part("operator").value, part("value").value], ["City", "is", "Bonn"]);
  equal([...host.querySelectorAll("optgroup")].map(({ label }) => label), ["common", "others"]);
});

test("an operator that is not there any more is kept until another is chosen", () => {
  const { node, told, part } = drawn(leaf("city", { operator: "sounds_like" }));
  equal([part("operator").value, part("value")], ["sounds_like", null]);
  choose(part("operator"), "is_one_of");
  equal([node.operator, told], ["is_one_of", [["edit", "operator"]]]);
});

test("another field is chosen by its name, and what is lost by it is told", async () => {
  const { node, told, part } = drawn(leaf("city", { value: "Bonn" }));
  part("attribute").value = "turnover";
  part("attribute").dispatchEvent(new Event("input"));
  await null;
  await null;
  part("attribute").parentElement.querySelector("[role=option]").click();
  equal([node.attribute, node.operator, told], ["sales", "is", [["tell", "value_cleared"], ["edit", "value"]]]);
});

test("rows ask what of them, compare it, and have their conditions beside them", () => {
  const { host, node, told, part } = drawn({ ...rows("order", leaf("order.city", { value: "Bonn" })),
    aggregate: "count", operator: "gte", value: 2 });
  equal([part("aggregate").value, part("operator").value, part("value").value], ["count", "gte", "2"]);
  equal(texts(host, ".sb-part-of-row .sb-value").length, 1);
  equal(host.lastChild.className, "adding");
  host.querySelector(".sb-part-of-row > button").click();
  choose(part("aggregate"), "sum");
  equal([node.of, told], ["order.total", [["remove", "1.1"], ["edit", "aggregate"]]]);
});

test("how many of them must hold is chosen", () => {
  const { on } = drawn(leaf("city"));
  const group = { id: "g", match: "all" };
  const element = match(on, group, "All");
  equal(texts(element, "option"), ["all", "none"]);
  choose(element, "none");
  equal(group.match, "none");
});

test("where a language has the verb last, what is asked of rows is called so", () => {
  const { on, node } = drawn({ ...rows("order", leaf("order.city")), aggregate: "count", operator: "gte", value: 2 });
  on.language.relations.order.phrases.count = "%(value)s%(where)s placed";
  const host = h("div", {}, line(on, on.places.get(node.id)));
  const [asked] = host.querySelector(`[data-key="${node.id}:aggregate"]`).selectedOptions;
  equal([asked.label, texts(host, ".sb-unit")], ["rows_lead", ["orders placed"]]);
});

test("a count reads as a sentence: an amount behind the verb, and the unit that the number takes", () => {
  const { on, host, part } = drawn({ ...rows("order"), aggregate: "count", operator: "gte", value: 1 });
  const said = () => [part("aggregate"), part("operator")].map((one) => one.selectedOptions[0].label);
  equal([said(), texts(host, ".sb-unit")], [["have placed", "at least"], ["order"]]);
  type(part("value"), "3");
  equal(texts(host, ".sb-unit"), ["orders"]);
  equal(texts(drawn({ ...rows("order"), aggregate: "count", operator: "in_top", value: 1 }).host, ".sb-subject, option")
    .slice(0, 2), ["rows_of", "there is one"], "a rank is that of a figure");
  on.tell("");
});
