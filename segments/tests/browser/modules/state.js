// Tests of the tree: what it is made of, how it is read, written, changed and changed back.

import {
  Tree, canonical, childrenOf, grow, isAgainst, isCondition, isLine, isOn, isRefused, isRows, isTree, plain,
} from "/static/segments/builder/state.js";
import { any, at, group, ids, leaf, listening, planted, rows, sketch } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

const put = (tree, value, more = {}) => tree.edit((root) => { root.conditions[0].value = value; }, more);
const value = (tree) => tree.root.conditions[0].value;

test("a node is known by what it has", () => {
  const kinds = (node) => [isCondition(node), isRows(node), childrenOf(node).length];
  equal(kinds(leaf("a")), [true, false, 0], "condition");
  equal(kinds(rows("order", leaf("a"))), [false, true, 1], "rows");
  equal(kinds({ relation: "order" }), [false, true, 0], "rows without conditions");
  equal(kinds(group(leaf("a"), leaf("b"))), [false, false, 2], "group");
  equal(kinds({ match: "all" }), [false, false, 0], "group without conditions");
});

test("a value is refused only where something is written in its place", () => {
  const refused = [{ written: "ten" }, { written: "" }, { written: "t", typing: true }];
  equal(refused.map(isRefused), [true, true, true]);
  const others = [undefined, null, "", "written", 0, false, [], {}, { attribute: "b" }];
  equal(others.map(isRefused), others.map(() => false));
});

test("a condition is against another attribute only where its value names one", () => {
  equal([{ attribute: "b" }, { attribute: "" }].map((value) => isAgainst({ value })), [true, true]);
  const others = [undefined, null, "attribute", 0, [], { written: "x" }];
  equal(others.map((value) => isAgainst({ value })), others.map(() => false));
  equal(isAgainst({}), false, "no value at all");
});

test("what is turned off is off, and so is a group of nothing but that", () => {
  const [on, off] = [leaf("a"), leaf("a", { off: true })];
  equal([isOn(on), isOn(off), isOn({ ...on, off: false })], [true, false, true], "conditions");
  equal([isOn(group(on, off)), isOn(group(off, off))], [true, false], "groups");
  equal([isOn(group(group(off), group(off))), isOn(group(group(off), group(on)))], [false, true], "groups of groups");
  equal(isOn({ ...group(on), off: true }), false, "a group that is turned off itself");
  equal([isOn(group()), isOn({ match: "all" })], [true, true], "a group of nothing");
});

test("whatever a form holds, only a tree is taken for one", () => {
  const trees = [
    group(), { match: "any" }, group(leaf("a")), group({ conditions: [leaf("a")] }), group({ relation: "order" }),
    group(group(group(leaf("a"), rows("order", leaf("b"))))), { match: "none", conditions: [{ attribute: "a" }] },
  ];
  for (const json of trees) equal(isTree(json), true, JSON.stringify(json));
  const others = [
    undefined, null, 0, "", "all", true, [], {}, new Map([["match", "all"]]), [group()],
    { conditions: [] }, { match: "", conditions: [] }, { match: "all", conditions: {} },
    { match: "all", conditions: "a" }, group(null), group(5), group("a"), group([leaf("a")]),
    group(leaf("a"), group(group(null))), group({ match: "all", conditions: "a" }),
  ];
  for (const json of others) equal(isTree(json), false, JSON.stringify(json));
});

test("each node that grows has an id of its own, whatever id it had", () => {
  const json = group(leaf("a", { id: "n1" }), group(leaf("b", { id: "n1" })), rows("order", leaf("c")));
  const found = [...ids({ places: () => new Tree(json).places() }), ...ids(new Tree(json))];
  equal(found.length, 12);
  equal(new Set(found).size, 12, String(found));
});

test("what is left out of rows and groups grows with them, and only that", () => {
  const { id, ...node } = grow({ relation: "order" });
  equal(typeof id, "string");
  equal(node, { relation: "order", aggregate: "exists", match: "all", conditions: [] });
  equal(plain(grow({ match: "none" })), { match: "none", conditions: [] });
  const asked = { relation: "order", aggregate: "sum", of: "total", operator: "gte", value: "5", match: "any" };
  equal(plain(grow({ ...asked, conditions: [leaf("a")] })), { ...asked, conditions: [leaf("a")] });
  equal("conditions" in grow(leaf("a")), false, "a condition gets none");
});

test("what it grew from stays as it was, whatever is done to the tree", () => {
  const json = group(leaf("a", { value: ["x", "y"] }), rows("order", leaf("b")));
  const before = JSON.stringify(json);
  const tree = new Tree(json);
  tree.edit((root) => {
    root.conditions[0].value.push("z");
    root.conditions[1].conditions.pop();
    root.match = "none";
  });
  equal(JSON.stringify(json), before);
});

test("the plain tree has neither ids nor what is turned off", () => {
  const off = { off: true };
  const tree = planted(
    leaf("a"), leaf("b", off), any(leaf("c", off), leaf("d", off)), { ...any(leaf("e")), ...off },
    any(leaf("f"), leaf("g", off)), rows("order", leaf("h", off)),
  );
  equal(tree.json, group(leaf("a"), any(leaf("f"))));
  equal(planted(leaf("a", off)).json, group(), "all of it turned off");
});

test("the whole tree has what is turned off, and says so", () => {
  const json = group(leaf("a", { off: true }), { ...any(leaf("b", { off: true })), off: true });
  equal(new Tree(json).whole, json);
  equal(new Tree(group(leaf("a", { off: false }))).whole, group(leaf("a")), "what is turned on again");
});

test("neither reading changes the tree", () => {
  const tree = planted(leaf("a", { off: true }), leaf("b", { value: { written: "x", typing: true } }), rows("order"));
  const before = JSON.stringify(tree.root);
  equal([tree.json, tree.whole].length, 2);
  equal(JSON.stringify(tree.root), before);
});

test("rows that nothing narrows have no match, groups always have one", () => {
  equal(planted(rows("order"), any()).json, group({ relation: "order", aggregate: "exists" }, any()));
});

test("that somebody is still typing is not written down", () => {
  const tree = planted(leaf("a", { value: { written: "te", typing: true } }), leaf("b", { value: { written: "x" } }));
  equal(tree.json.conditions.map((node) => node.value), [{ written: "te" }, { written: "x" }]);
});

test("what is read of a tree grows into the same tree", () => {
  const json = group(leaf("a", { value: null }), any(rows("order", leaf("b", { value: ["x"] }), group())), leaf("c"));
  equal(new Tree(new Tree(json).json).json, json);
});

test("places come in reading order with number and index", () => {
  const tree = planted(leaf("a"), any(leaf("b"), group(leaf("c"))), leaf("d"));
  const found = [...tree.places()].map(({ node, number, index }) => [sketch(node), number, index]);
  equal(found, [
    ["all(a any(b all(c)) d)", "", undefined],
    ["a", "1", 0],
    ["any(b all(c))", "2", 1],
    ["b", "2.1", 0],
    ["all(c)", "2.2", 1],
    ["c", "2.2.1", 0],
    ["d", "3", 2],
  ]);
  equal([...tree.places()].map(({ parent }) => parent && sketch(parent)).slice(3, 6), [
    "any(b all(c))", "any(b all(c))", "all(c)",
  ]);
});

test("a path leads to a node in what is sent, and there is none to what is turned off", () => {
  const off = { off: true };
  const tree = planted(
    leaf("a", off), any(leaf("b", off), leaf("c")), { ...group(leaf("d")), ...off }, group(leaf("e", off)),
    rows("order", leaf("f")),
  );
  const paths = Object.fromEntries([...tree.places()].map(({ number, path }) => [number, path]));
  equal(paths, {
    "": "", 1: null, 2: "conditions[0]", 2.1: null, 2.2: "conditions[0].conditions[0]", 3: null, 3.1: null, 4: null,
    4.1: null, 5: "conditions[1]", 5.1: "conditions[1].conditions[0]",
  });
  const { json } = tree;
  for (const { node, path } of tree.places()) {
    if (!path) continue;
    const there = path.split(".").reduce((one, part) => one.conditions[/\d+/.exec(part)[0]], json);
    equal(sketch(there), sketch(plain(node)), path);
  }
});

test("a place says whose rows it is about", () => {
  const tree = planted(leaf("a"), rows("order", leaf("b"), any(leaf("c")), rows("item", leaf("d"))));
  equal([...tree.places()].map(({ number, relation }) => [number, relation]), [
    ["", null], ["1", null], ["2", null], ["2.1", "order"], ["2.2", "order"], ["2.2.1", "order"], ["2.3", "order"],
    ["2.3.1", "item"],
  ]);
});

test("a node is found by its id wherever it is, and nothing by an id that is gone", () => {
  const tree = planted(leaf("a"), any(group(leaf("b"))));
  for (const place of tree.places()) equal(tree.find(place.node.id), place);
  equal(tree.find(tree.root.id).number, "");
  equal([tree.find("n0"), tree.find(undefined), tree.find("")], [null, null, null]);
});

test("an edit is told once, with where the focus goes", () => {
  const tree = planted(leaf("a"));
  const told = listening(tree);
  put(tree, "2", { changed: at(tree, "1").id, focus: ["n1", "value"] });
  put(tree, "3", { quiet: true });
  equal(told, [{ focus: ["n1", "value"], quiet: false }, { focus: undefined, quiet: true }]);
});

test("an edit that changes nothing is neither told nor remembered, nor does it forget what was undone", () => {
  const tree = planted(leaf("a"));
  put(tree, "2");
  tree.travel("undo");
  const told = listening(tree);
  put(tree, "1");
  tree.edit(() => {});
  equal(told, []);
  equal([tree.travel("undo"), tree.travel("redo"), value(tree)], [false, true, "2"]);
});

test("undoing and doing again leads through the same trees, with the same ids", () => {
  const tree = planted(leaf("a"), any(leaf("b")));
  const trees = [JSON.stringify(tree.root)];
  for (const number of ["2", "3", "4"]) {
    put(tree, number);
    trees.push(JSON.stringify(tree.root));
  }
  for (const expected of trees.slice(0, -1).reverse()) {
    equal(tree.travel("undo"), true);
    equal(JSON.stringify(tree.root), expected, "undo");
  }
  equal(tree.travel("undo"), false, "before the first edit");
  equal(JSON.stringify(tree.root), trees[0]);
  for (const expected of trees.slice(1)) {
    equal(tree.travel("redo"), true);
    equal(JSON.stringify(tree.root), expected, "redo");
  }
  equal(tree.travel("redo"), false, "after the last edit");
  equal(JSON.stringify(tree.root), trees.at(-1));
});

test("a step that leads nowhere tells nothing", () => {
  const tree = planted(leaf("a"));
  const told = listening(tree);
  equal([tree.travel("undo"), tree.travel("redo"), told], [false, false, []]);
});

test("whoever edits after undoing cannot do again what was undone", () => {
  const tree = planted(leaf("a"));
  put(tree, "2");
  put(tree, "3");
  tree.travel("undo");
  put(tree, "4");
  equal(tree.travel("redo"), false);
  equal([value(tree), tree.travel("undo"), value(tree), tree.travel("undo"), value(tree)], ["4", true, "2", true, "1"]);
});

test("fifty steps can be undone and done again", () => {
  const tree = planted(leaf("a", { value: 0 }));
  for (let number = 1; number <= 60; number++) put(tree, number);
  let steps = 0;
  while (tree.travel("undo")) steps++;
  equal([steps, value(tree)], [50, 10]);
  steps = 0;
  while (tree.travel("redo")) steps++;
  equal([steps, value(tree)], [50, 60]);
});

test("letters typed into one value are one step", () => {
  const tree = planted(leaf("a"));
  for (const text of ["2", "22", "222"]) put(tree, text, { tag: "value n1" });
  put(tree, "x", { tag: "value n2" });
  put(tree, "xy", { tag: "value n2" });
  put(tree, "y");
  put(tree, "z");
  const found = [];
  while (tree.travel("undo")) found.push(value(tree));
  equal(found, ["y", "xy", "222", "1"]);
});

test("who comes back to a value begins a new step", () => {
  const tree = planted(leaf("a"));
  tree.history.pause(); // with nothing to divide
  put(tree, "2", { tag: "value" });
  tree.history.pause();
  put(tree, "3", { tag: "value" });
  equal([tree.travel("undo"), value(tree)], [true, "2"], "after a pause");
  tree.travel("redo");
  put(tree, "4", { tag: "value" });
  equal([tree.travel("undo"), value(tree)], [true, "3"], "after undoing and doing again");
});

test("undoing leads to the node that was changed", () => {
  const tree = planted(leaf("a"), any(leaf("b")));
  const { id } = at(tree, "2.1");
  tree.edit(() => { at(tree, "2.1").value = "2"; }, { changed: id, focus: [id, "value"] });
  const told = listening(tree);
  tree.travel("undo");
  tree.travel("redo");
  equal(told, [{ focus: [id, "row"] }, { focus: [id, "row"] }]);
});

test("where the changed node is gone, it leads to what stands in its place", () => {
  const tree = planted(leaf("a"), leaf("b"), leaf("c"));
  const [b, c] = [at(tree, "2").id, at(tree, "3").id];
  tree.edit((root) => root.conditions.splice(1, 1), { changed: b });
  const told = listening(tree);
  tree.travel("undo");
  tree.travel("redo");
  equal(told.map(({ focus }) => focus), [[b, "row"], [c, "row"]]);
});

test("where nothing stands in its place, it leads to the group", () => {
  const tree = planted(any(leaf("a")));
  const last = at(tree, "1.1").id;
  tree.edit(() => at(tree, "1").conditions.pop(), { changed: last });
  const told = listening(tree);
  tree.travel("undo");
  tree.travel("redo");
  equal(told.map(({ focus }) => focus), [[last, "row"], [at(tree, "1").id, "row"]]);
});

test("where the group is gone as well, or nothing is said, it leads to the root", () => {
  const tree = planted(leaf("a"));
  const added = grow(any(leaf("b")));
  tree.edit((root) => root.conditions.push(added), { changed: added.conditions[0].id });
  put(tree, "2");
  const told = listening(tree);
  tree.travel("undo");
  tree.travel("undo");
  equal(told.map(({ focus }) => focus), [[tree.root.id, "row"], [tree.root.id, "row"]]);
});

test("a tree that was undone is not changed by what is done to the next", () => {
  const tree = planted(leaf("a", { value: ["x"] }));
  tree.edit((root) => root.conditions[0].value.push("y"));
  tree.travel("undo");
  tree.root.conditions[0].value.push("z"); // as a control might
  equal(tree.travel("redo"), true);
  equal(value(tree), ["x", "y"]);
});

test("the canonical form knows no order of keys, but of lists", () => {
  equal(canonical({ b: 1, a: { d: [{ f: 1, e: 2 }], c: 3 } }), '{"a":{"c":3,"d":[{"e":2,"f":1}]},"b":1}');
  equal(canonical([2, 1]) === canonical([1, 2]), false);
  equal([null, "a", 1.5, true, [], {}].map(canonical), ["null", '"a"', "1.5", "true", "[]", "{}"]);
  equal(canonical({ a: undefined, b: null }), canonical({ b: null }));
});

const line = (node) => isLine(planted(node).root.conditions[0]);

test("a condition is a row, a group is none", () => {
  equal([leaf("a"), group(leaf("a")), any(leaf("a")), group()].map(line), [true, false, false, false]);
});

test("rows are one with all of their conditions, or with none", () => {
  equal([rows("order"), rows("order", leaf("a")), rows("order", leaf("a"), leaf("b"))].map(line), [true, true, true]);
});

test("rows that are chosen otherwise than by all take a box", () => {
  for (const match of ["any", "none", "not_all"]) equal(line({ ...rows("order", leaf("a")), match }), false, match);
});

test("rows of one of the rows stand in the same row, but nothing deeper and no group", () => {
  equal(line(rows("order", leaf("a"), rows("item", leaf("b")))), true);
  equal(line(rows("order", rows("item"))), true);
  equal(line(rows("order", rows("item", rows("thing")))), false);
  equal(line(rows("order", { ...rows("item", leaf("b")), match: "any" })), false);
  equal(line(rows("order", any(leaf("b")))), false);
});

const paris = leaf("city");
const shoes = leaf("order.shelf", { value: "shoes" });
const top = { attribute: "sales", operator: "in_top", value: 5, among: group(leaf("country"), any(paris)) };
const lastShoes = { relation: "order", aggregate: "exists", last: { rows: 5, match: "any", conditions: [shoes] } };

test("groups that a rank or first and last rows have are written as they were read", () => {
  for (const one of [top, lastShoes, { ...lastShoes, last: 5 }]) {
    equal(planted(one).json, group(one));
    equal(new Tree(planted(one).whole).whole, group(one), "and read again");
  }
  equal(planted({ ...lastShoes, last: { rows: 5 } }).json, group({ ...lastShoes, last: 5 }), "no conditions");
  equal([isTree(group(top)), isTree(group({ ...top, among: group(5) }))], [true, false]);
});

test("their nodes have places with paths, and the rows that they are about", () => {
  const tree = planted(leaf("a"), top, { ...lastShoes, conditions: [leaf("b")] });
  const found = [...tree.places()].slice(3).map(({ number, path, relation, isAmong }) =>
    [number, path, relation, Boolean(isAmong)]);
  equal(found, [
    ["2a", "conditions[1].among", null, true],
    ["2a.1", "conditions[1].among.conditions[0]", null, true],
    ["2a.2", "conditions[1].among.conditions[1]", null, true],
    ["2a.2.1", "conditions[1].among.conditions[1].conditions[0]", null, true],
    ["3", "conditions[2]", null, false],
    ["3a", "conditions[2].last", "order", false],
    ["3a.1", "conditions[2].last.conditions[0]", "order", false],
    ["3.1", "conditions[2].conditions[0]", "order", false],
  ]);
});

test("a group of which all is turned off is left out, and what it belongs to stays", () => {
  const off = (node) => ({ ...node, off: true });
  const tree = planted({ ...top, among: group(off(paris)) },
    { ...lastShoes, last: { rows: 5, match: "all", conditions: [off(shoes)] } });
  const { among: _among, ...alone } = top;
  equal(tree.json, group(alone, { ...lastShoes, last: 5 }));
  equal([...tree.places()].map(({ path }) => path), ["", "conditions[0]", null, null, "conditions[1]", null, null]);
  equal(tree.whole.conditions[0].among, group(off(paris)));
});
