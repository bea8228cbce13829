// Tests of what a value is worth when the field or the operator above it becomes another.

import { changeAttribute, changeOperator } from "/static/segments/builder/fitting.js";
import { equal, test } from "/tests/unit.js";

const one = (name) => ({ name, takes: "one", attribute: true });
const OPERATORS = {
  number: [one("is"), one("gte"), { name: "between", takes: "pair" }, { name: "is_one_of", takes: "list" },
    { name: "is_empty", takes: "nothing" }],
  text: [one("is"), { name: "contains", takes: "one" }],
};

// As much of the language as is asked here.
const language = {
  attributes: {
    sales: { label: "Sales", type: "money", usual: "gte" },
    orders: { label: "Orders", type: "integer", usual: "gte" },
    name: { label: "Name", type: "text", usual: "is" },
    group: { label: "Group", type: "text", usual: "is", choices: { lazy: false, options: [{ value: "vip" }] } },
  },
  types: { money: { times: "number" }, integer: { times: "number" }, text: {} },
  isNumber: (type) => type === "money" || type === "integer",
  isCountry: () => false,
  isSettled: () => true,
  valued: (node) => node.attribute,
  begun: () => ({}),
  operator(node) {
    const { type } = this.attributes[node.attribute];
    return OPERATORS[type === "text" ? "text" : "number"].find(({ name }) => name === node.operator);
  },
};

function changed(change, node, to) {
  change(language, node, to);
  return node;
}

test("a number stays where the other field takes it", () => {
  equal(changed(changeAttribute, { attribute: "orders", operator: "gte", value: 3 }, "sales"),
    { attribute: "sales", operator: "gte", value: 3 });
  equal(changed(changeAttribute, { attribute: "sales", operator: "gte", value: "3.5" }, "orders"),
    { attribute: "orders", operator: "gte" }, "no half an order");
});

test("a value does not become one of another kind", () => {
  equal(changed(changeAttribute, { attribute: "sales", operator: "gte", value: "3" }, "name"),
    { attribute: "name", operator: "is" });
  equal(changed(changeAttribute, { attribute: "name", operator: "is", value: "Ann" }, "group"),
    { attribute: "group", operator: "is" }, "there is no such group");
  equal(changed(changeAttribute, { attribute: "name", operator: "is", value: "vip" }, "group"),
    { attribute: "group", operator: "is", value: "vip" });
});

test("what was cleared is told", () => {
  equal(changeAttribute(language, { attribute: "name", operator: "is", value: "Ann" }, "group"), "value_cleared");
  equal(changeAttribute(language, { attribute: "sales", operator: "gte", value: "3" }, "name"), "operator_changed");
  equal(changeAttribute(language, { attribute: "name", operator: "is" }, "group"), "", "nothing was there");
});

test("one value becomes a list or the beginning of a pair, and back", () => {
  const node = () => ({ attribute: "sales", operator: "gte", value: "3" });
  equal(changed(changeOperator, node(), "is_one_of").value, ["3"]);
  equal(changed(changeOperator, node(), "between").value, ["3", ""]);
  equal(changed(changeOperator, node(), "is").value, "3");
  equal(changed(changeOperator, changed(changeOperator, node(), "between"), "gte").value, "3");
  equal("value" in changed(changeOperator, node(), "is_empty"), false);
});
