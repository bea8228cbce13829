// Tests of what the rule language offers, asks and says.

import { stage } from "/tests/page.js";
import { spoken } from "/tests/registry.js";
import { any, group, leaf, rows } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

const made = (groups) => groups.map(([label, options]) => [label, options.map((option) => option.label)]);

test("a condition has the type of its field, rows that of their figure", () => {
  const { language } = spoken();
  const type = (node) => language.typeOf(node);
  equal(type({ attribute: "sales" }), "money");
  equal(type({ relation: "order", aggregate: "count" }), "integer");
  equal(type({ relation: "order", aggregate: "sum", of: "order.total" }), "money");
  equal(type({ relation: "order", aggregate: "exists" }), null);
  equal(type({ attribute: "gone" }), null);
  equal(language.unit({ attribute: "sales" }), "EUR");
  equal(language.unit({ relation: "order", aggregate: "count" }), "");
});

test("a number of rows is never empty", () => {
  const { language } = spoken();
  const isPlain = ({ takes }) => takes !== "rank";
  const names = (node) => language.operators(node).filter(isPlain).map(({ name }) => name);
  equal(names({ relation: "order", aggregate: "count" }), ["is", "gte"]);
  equal(names({ relation: "order", aggregate: "sum", of: "order.total" }).includes("is_empty"), true);
});

test("what lacks a value, a figure or a condition is incomplete", () => {
  const { language } = spoken();
  const lacks = (node, isRoot) => language.isIncomplete(node, isRoot);
  equal([lacks(leaf("city")), lacks(leaf("city", { value: "" })), lacks({ attribute: "city" })], [false, true, true]);
  equal(lacks(leaf("city", { operator: "is_empty", value: undefined })), false);
  equal([["a"], [""], []].map((value) => lacks(leaf("city", { operator: "is_one_of", value }))), [false, true, true]);
  equal(lacks(leaf("sales", { operator: "between", value: ["1", ""] })), true);
  equal(lacks(leaf("group", { value: { written: "v", typing: true } })), true, "while it is typed");
  equal([lacks(group()), lacks(group(), true), lacks(rows("order"))], [true, false, false]);
  equal(lacks({ ...rows("order"), aggregate: "sum", operator: "gte", value: "1" }), true, "the sum of what?");
});

test("what can be added is told by family: what begins, fields, rows", () => {
  stage([]);
  const { language } = spoken();
  equal(made(language.menu("order")), [["Orders", ["Total", "City"]]]);
  equal(made(language.menu(null))[0], ["Customer", ["Big spenders", "Lives in …", "Belongs to …", "Buys …"]]);
  const [, , [, orders]] = language.menu(null);
  equal(orders[0].make(), {
    relation: "order", aggregate: "exists", match: "all", conditions: [{ attribute: "order.total", operator: "gte" }],
  });
  equal(language.menu("order")[0][1][0].make(), { attribute: "order.total", operator: "gte" });
  equal(language.made(language.attributes.seen).value, 30, "with its usual value");
});

test("a condition is said in words", () => {
  stage([]);
  const { language } = spoken();
  equal(language.words(leaf("sales", { operator: "gte", value: "1500" })), "Sales is at least 1,500 EUR");
  equal(language.words(leaf("group", { operator: "is_one_of", value: ["vip", "new"] })), "Group is one of VIP, New");
  equal(language.words(leaf("seen", { operator: "in_last_days", value: 30 })), "Last seen is in the last 30 days");
  const counted = { relation: "order", aggregate: "count", operator: "gte", value: 2 };
  equal(language.words(counted), "rows_of number is at least 2");
  equal(language.words({ ...counted, first: { rows: 3 } }), "rows_of number is at least 2 (only_first 3)");
});

test("rows beside each other are pointed out where another one each may do", () => {
  const { language } = spoken();
  const beside = (node, relation) => language.otherRows(node, relation).map(([name, nodes]) => [name, nodes.length]);
  const two = [rows("order", leaf("order.city")), rows("order", leaf("order.total"))];
  equal(beside(group(...two)), [["order", 2]]);
  equal([beside(group(two[0])), beside(any(...two)), beside(group(...two), "order")], [[], [], []]);
  equal(beside(group(two[0], { ...two[1], off: true })), [], "what is turned off counts for nothing");
});

test("what is refused says why", () => {
  stage([]);
  const { language } = spoken();
  const refused = (attribute, written) => language.refusals(leaf(attribute, { value: { written } }));
  equal(refused("sales", "many"), [["value", "figure_none"]]);
  equal(refused("sales", "1.000"), [["value", "figure_unclear"]]);
  equal(refused("group", "old"), [["value", "choose_offered"]]);
  equal(refused("group", "vip, new"), [["value", "choose_many"]]);
  const pair = leaf("sales", { operator: "between", value: ["1", { written: "x" }] });
  equal(language.refusals(pair), [["to", "figure_none"]]);
  equal(language.refusals(leaf("sales", { value: "3" })), []);
});

test("a field is compared with fields of its kind", () => {
  const { language } = spoken();
  const others = (node) => language.others(node, null).map(({ code }) => code);
  equal(others(leaf("sales")), ["profit"]);
  equal([others(leaf("city")), others(leaf("sales", { operator: "between" }))], [[], []]);
});
