// Tests of ranks: what stands in their controls, and what a node keeps of them.

import { h } from "/static/segments/builder/dom.js";
import { changeOperator } from "/static/segments/builder/fitting.js";
import { valueControls } from "/static/segments/builder/values.js";
import { choose, stage, texts, type } from "/tests/page.js";
import { spoken } from "/tests/registry.js";
import { plain } from "/static/segments/builder/state.js";
import { leaf } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

function controls(node) {
  const { language, suggestions } = spoken();
  const at = {
    node: { id: "n1", ...node }, name: "C", language, suggestions,
    change: (value) => { at.node.value = value; },
    put: (changes) => Object.assign(at.node, changes),
  };
  stage([]);
  const host = h("div", {}, valueControls(at));
  document.body.append(host);
  return { host, node: at.node, language, part: (name) => host.querySelector(`[data-key="n1:${name}"]`) };
}

test("a place has a number, a population, a part and its ties", () => {
  const { node, part } = controls(leaf("sales", { operator: "in_top", value: 10 }));
  type(part("value"), "5");
  choose(part("per"), "customer.store");
  choose(part("ties"), "out");
  equal([node.value, node.per, node.ties, node.among], [5, "customer.store", "out", undefined]);
  choose(part("per"), "");
  choose(part("ties"), "in");
  equal([node.per, node.ties], [undefined, undefined]);
});

test("the customers to compare with are everybody, a segment's or those of a group", () => {
  const { node, language, part } = controls(leaf("sales", { operator: "in_top", value: 10 }));
  equal(texts(part("among"), "option"), ["rank_scope", "rank_customers"]);
  choose(part("among"), "customers");
  equal(plain(node).among, { match: "all", conditions: [] });
  equal([language.isIncomplete(node), language.isIncomplete(node.among)], [false, true]);
  choose(part("among"), "scope");
  equal(node.among, undefined);
});

test("percent and the factor of an average are different things", () => {
  const percent = controls(leaf("sales", { operator: "in_top_percent", value: "2.5" }));
  equal([percent.part("value").value, texts(percent.host, ".sb-unit")], ["2.5", ["%", "of"]]);
  const average = controls(leaf("sales", { operator: "above_average" }));
  equal([average.part("value"), average.part("ties"), average.part("times").value], [null, null, "1"]);
  type(average.part("times"), "1.5");
  equal(average.node.times, "1.5");
});

test("another operator keeps only what it takes", () => {
  const { language } = spoken();
  const node = leaf("sales", { operator: "in_top", value: 3, ties: "out", per: "customer.group" });
  changeOperator(language, node, "above_average");
  equal([node.value, node.ties, node.per], [undefined, undefined, "customer.group"]);
  Object.assign(node, { times: "2", among: { segment: "vip" } });
  changeOperator(language, node, "gte");
  equal([node.times, node.among, node.per], [undefined, undefined, undefined]);
});

test("a segment to compare with is still to be chosen", () => {
  const { language } = spoken();
  const node = leaf("sales", { operator: "above_average" });
  equal(language.isIncomplete(node), false);
  equal(language.isIncomplete({ ...node, among: { segment: "" } }), true);
  equal(language.isIncomplete(leaf("sales", { operator: "in_top", value: null })), true);
});
