// Tests of the tree as it stands on the page: rows, boxes, notes, and where the focus goes.

import { h } from "/static/segments/builder/dom.js";
import { Renderer } from "/static/segments/builder/render.js";
import { after, press, site, stage, texts, type } from "/tests/page.js";
import { spoken } from "/tests/registry.js";
import { any, at, leaf, planted, rows, sketch } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

function drawn(...conditions) {
  const tree = planted(...conditions);
  const host = h("div", { class: "sb-tree" });
  stage(host, { who_match: "who match %(match)s", where_match: "%(match)s", often_keywords: "twice" });
  const told = [];
  const renderer = new Renderer({ host, tree, ...spoken(), tell: (text) => told.push(text) });
  tree.addEventListener("edit", ({ detail }) => renderer.draw(detail.focus));
  renderer.draw();
  const part = (number, name) => host.querySelector(`[data-key="${at(tree, number).id}:${name}"]`);
  const notes = (number) => texts(host, `#sb-notes-${at(tree, number).id} > p`);
  const focused = () => document.activeElement.dataset.key;
  return { tree, host, renderer, told, part, notes, focused };
}

test("a thought is a row, a group is a box, numbered as they stand", () => {
  const { host } = drawn(leaf("city"), any(leaf("sales")), rows("order", leaf("order.city")));
  equal([...host.querySelectorAll("[data-node]")].map(({ tagName }) => tagName),
    ["FIELDSET", "DIV", "FIELDSET", "DIV", "DIV", "SPAN"]);
  equal(texts(host, ".sb-position"), ["1", "2", "2.1", "3"]);
  equal(texts(host, ".sb-join"), ["join_all", "join_all"]);
});

test("rows are seen as boxes by whoever asks for it", () => {
  const { tree, host, renderer } = drawn(rows("order", leaf("order.city")));
  renderer.opened.add(at(tree, "1").id);
  renderer.draw();
  equal(host.querySelectorAll(".sb-part-of-row").length, 0);
  equal(host.querySelectorAll("fieldset").length, 2);
});

test("what is folded is said in words, and opens for what is looked for in it", () => {
  const { tree, host, renderer, part, focused } = drawn(any(leaf("city", { value: "Bonn" })));
  part("1", "fold").click();
  equal(texts(host, "fieldset fieldset > .sb-meaning"), ["City is Bonn"]);
  equal([part("1", "fold").ariaExpanded, focused()], ["false", `${at(tree, "1").id}:fold`]);
  renderer.focus(at(tree, "1.1").id, "value");
  equal(focused(), `${at(tree, "1.1").id}:value`);
});

test("what is missing, refused or negative is noted, and its control is marked", () => {
  const { notes, part } = drawn(leaf("city", { value: "" }), leaf("sales", { value: { written: "many" } }),
    leaf("order.city", { operator: "is_not" }), leaf("city", { off: true, value: "" }),
    leaf("group", { value: "gone" }));
  equal(notes("1"), ["missing_value"]);
  equal(notes("2"), ["figure_none"]);
  equal([part("2", "value").ariaInvalid, part("1", "value").ariaInvalid], ["true", null]);
  equal(part("2", "value").getAttribute("aria-describedby"), part("2", "value").closest(".sb-node").lastChild.id);
  equal([notes("3"), notes("4"), notes("5")], [["negative"], ["is_off"], ["unknown_values"]]);
});

test("what the site refuses is noted where it is, until it is drawn anew", () => {
  const { tree, renderer, notes, part } = drawn(leaf("sales", { operator: "between", value: ["2", "1"] }));
  renderer.problems = new Map([[at(tree, "1").id, [{ part: "value", message: "No." }]]]);
  renderer.note();
  equal([notes("1"), part("1", "to").ariaInvalid], [["No."], "true"]);
  renderer.problems = null;
  renderer.note();
  equal([notes("1"), part("1", "to").ariaInvalid], [[], null]);
});

test("Enter goes on to the next condition, Delete takes one out", () => {
  const { tree, part, told, focused } = drawn(leaf("city"), leaf("sales"));
  equal(press(part("1", "operator"), "Enter"), true);
  equal(focused(), `${tree.root.id}:add`);
  equal(press(part("1", "operator"), "Delete"), false);
  press(part("1", "remove"), "Delete");
  equal([sketch(tree), told], ["all(sales)", ["removed"]]);
});

test("the menu moves, wraps and turns off", () => {
  const { tree, host, renderer, told, part } = drawn(leaf("city"), leaf("sales"));
  const pick = (number, label) => {
    press(part(number, "more"), "ArrowDown");
    [...host.querySelectorAll(".sb-menu button")].find((one) => one.textContent === label).click();
  };
  pick("1", "move_down");
  equal(sketch(tree), "all(sales city)");
  pick("2", "wrap");
  equal(sketch(tree), "all(sales all(city))");
  pick("1", "turn_off");
  equal(sketch(tree), "all(-sales all(city))");
  pick("1", "against_field");
  equal(at(tree, "1").value, { attribute: "" });
  renderer.move(at(tree, "1").id, -1, "more");
  equal(told, ["at_the_end"]);
});

test("rows that may each be another are pointed out, and joined", () => {
  const { tree, host } = drawn(rows("order", leaf("a")), rows("order", leaf("b")));
  host.querySelector(".sb-hint-box button").click();
  equal(sketch(tree), "all(order:all(a b))");
});

test("rows that are to be there can be asked how often", async () => {
  const { tree, host, part } = drawn(rows("order", leaf("order.city", { value: "Bonn" })));
  type(part("1", "add"), "twice");
  await after();
  equal(texts(host, ".sb-option"), ["or_more"]);
  press(part("1", "add"), "Enter");
  const { aggregate, operator, value, conditions } = at(tree, "1");
  equal([aggregate, operator, value, conditions.length], ["count", "gte", 2, 1]);
});

test("how often is asked too where a language has the verb last", async () => {
  const { host, part, renderer } = drawn(rows("order", leaf("order.city", { value: "Bonn" })));
  renderer.language.relations.order.phrases.count = "%(value)s%(where)s placed";
  type(part("1", "add"), "twice");
  await after();
  equal(texts(host, ".sb-option"), ["or_more"]);
});

test("a value that is typed where no condition is called so begins one with it", async () => {
  site(() => ({ body: [] }));
  const { tree, host } = drawn();
  const add = host.querySelector("[data-key$=':add']");
  type(add, "germany");
  await after();
  press(add, "Enter");
  while (!tree.root.conditions.length) await after();
  equal([at(tree, "1").attribute, at(tree, "1").value], ["country", ["DE"]]);
});

test("the customers of a rank are a group below its row, with conditions, notes and no rank inside", () => {
  const { tree, host, renderer, part, notes, focused } = drawn(
    leaf("sales", { operator: "in_top", value: 3, among: { match: "all", conditions: [leaf("sales")] } }));
  const tags = [...host.querySelectorAll("[data-node]")].map(({ tagName }) => tagName);
  equal(tags, ["FIELDSET", "DIV", "FIELDSET", "DIV"]);
  const offered = (number) => [...part(number, "operator").querySelectorAll("optgroup")].map(({ label }) => label);
  equal([offered("1").includes("ranks"), offered("1a.1").includes("ranks")], [true, false]);
  equal([part("1a", "more"), part("1a", "match").value], [null, "all"]);
  renderer.problems = new Map([[at(tree, "1a.1").id, [{ part: "value", message: "No." }]]]);
  renderer.note();
  equal([notes("1a.1"), part("1a.1", "value").ariaInvalid], [["No."], "true"]);
  press(part("1a.1", "operator"), "Enter");
  equal(focused(), `${at(tree, "1a").id}:add`);
  press(part("1a.1", "remove"), "Delete");
  equal([notes("1a"), focused()], [["missing_conditions"], `${at(tree, "1a").id}:add`]);
  press(part("1a", "remove"), "Delete");
  equal([at(tree, "1").among, focused()], [undefined, `${at(tree, "1").id}:among`]);
});

test("the last rows are chosen from those that fit a group, once it has a condition", () => {
  const { tree, host, renderer, part, notes, focused } = drawn({ ...rows("order"), last: 5 });
  equal(host.querySelectorAll("fieldset").length, 1);
  renderer.problems = new Map([[at(tree, "1a").id, [{ part: "rows", message: "Too many." }]]]);
  renderer.note();
  equal([notes("1a"), part("1a", "count").ariaInvalid], [["Too many."], "true"]);
  tree.edit(() => at(tree, "1a").conditions.push({ id: "c", ...leaf("order.city", { value: "" }) }));
  equal([host.querySelectorAll("fieldset").length, notes("1a.1")], [2, ["missing_value"]]);
  press(part("1a.1", "remove"), "Delete");
  equal([host.querySelectorAll("fieldset").length, focused()], [1, `${at(tree, "1a").id}:add`]);
});
