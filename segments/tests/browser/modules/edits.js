// Tests of what can be done to the tree: each leaves the right tree, the right focus and one step.

import { add, duplicate, join, move, moveInto, remove, targets, unwrap, wrap } from "/static/segments/builder/edits.js";
import { any, at, group, ids, leaf, listening, planted, rows, sketch } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

// Does it and checks that it is told once and undone, and done again, in one step; gives the focus.
function done(tree, act, expected) {
  const told = listening(tree);
  const before = JSON.stringify(tree.root);
  act();
  equal(sketch(tree), expected);
  equal(told.length, 1, "times told");
  const after = JSON.stringify(tree.root);
  equal(new Set(ids(tree)).size, ids(tree).length, "ids of their own");
  tree.travel("undo");
  equal(JSON.stringify(tree.root), before, "undone");
  tree.travel("redo");
  equal(JSON.stringify(tree.root), after, "done again");
  return told[0].focus;
}

function nothing(tree, act) {
  const told = listening(tree);
  const before = JSON.stringify(tree.root);
  const found = act();
  equal([JSON.stringify(tree.root), told, tree.history.past], [before, [], []]);
  return found;
}

test("a condition is added at the end, and its value is next", () => {
  const tree = planted(leaf("a"), any(leaf("b")));
  equal(done(tree, () => add(tree, tree.root.id, leaf("c")), "all(a any(b) c)"), [at(tree, "3").id, "value"]);
  equal(done(tree, () => add(tree, at(tree, "2").id, leaf("d")), "all(a any(b d) c)"), [at(tree, "2.2").id, "value"]);
});

test("the first condition is added to a tree of nothing", () => {
  const tree = planted();
  equal(done(tree, () => add(tree, tree.root.id, leaf("a")), "all(a)"), [at(tree, "1").id, "value"]);
});

test("a group is added, and something in it is next", () => {
  const tree = planted(leaf("a"));
  equal(done(tree, () => add(tree, tree.root.id, any()), "all(a any())"), [at(tree, "2").id, "add"]);
  const inner = add(tree, at(tree, "2").id, group());
  equal(sketch(tree), "all(a any(all()))");
  equal(inner, at(tree, "2.1"), "what was added is given back");
});

test("of rows that are added the innermost first condition is next", () => {
  const tree = planted();
  const focus = (json, expected) => done(tree, () => add(tree, tree.root.id, json), expected);
  equal(focus({ relation: "order" }, "all(order:all())"), [at(tree, "1").id, "value"], "rows alone");
  equal(focus(rows("order", leaf("a"), leaf("b")), "all(order:all() order:all(a b))"), [at(tree, "2.1").id, "value"]);
  equal(
    focus(rows("order", rows("item", leaf("c"))), "all(order:all() order:all(a b) order:all(item:all(c)))"),
    [at(tree, "3.1.1").id, "value"],
    "rows of rows",
  );
  tree.travel("undo");
  equal(
    focus(rows("order", any(leaf("c"))), "all(order:all() order:all(a b) order:all(any(c)))"),
    [at(tree, "3.1").id, "add"],
    "a group in rows",
  );
});

test("what is added is a copy: adding it twice makes two", () => {
  const tree = planted();
  const phrase = rows("order", leaf("a", { value: ["x"] }));
  const before = JSON.stringify(phrase);
  add(tree, tree.root.id, phrase).conditions[0].value.push("y");
  equal(add(tree, tree.root.id, phrase).conditions[0].value, ["x"]);
  equal(JSON.stringify(phrase), before);
});

test("after a removal the next sibling has the focus, then the one before, then the group", () => {
  const tree = planted(any(leaf("a"), leaf("b"), leaf("c")));
  const [a, , c] = at(tree, "1").conditions.map(({ id }) => id);
  equal(done(tree, () => remove(tree, at(tree, "1.2").id), "all(any(a c))"), [c, "remove"], "one in between");
  equal(done(tree, () => remove(tree, c), "all(any(a))"), [a, "remove"], "the last of several");
  equal(done(tree, () => remove(tree, a), "all(any())"), [at(tree, "1").id, "add"], "the only one");
  equal(done(tree, () => remove(tree, at(tree, "1").id), "all()"), [tree.root.id, "add"], "the last of all");
});

test("a group goes with all that is in it and comes back with it", () => {
  const tree = planted(leaf("a"), any(leaf("b"), group(leaf("c"))), leaf("d"));
  const before = ids(tree);
  done(tree, () => remove(tree, at(tree, "2").id), "all(a d)");
  tree.travel("undo");
  equal(sketch(tree), "all(a any(b all(c)) d)");
  equal(ids(tree), before);
});

test("a node moves among its siblings and keeps the focus where it was", () => {
  const tree = planted(leaf("a"), leaf("b"), any(leaf("c")));
  const { id } = at(tree, "1");
  equal(done(tree, () => equal(move(tree, id, 1, "down"), true), "all(b a any(c))"), [id, "down"]);
  equal(done(tree, () => equal(move(tree, id, 1, "down"), true), "all(b any(c) a)"), [id, "down"]);
  equal(done(tree, () => equal(move(tree, id, -2, "up"), true), "all(a b any(c))"), [id, "up"], "two at once");
  equal(done(tree, () => equal(move(tree, at(tree, "3").id, -1, "up"), true), "all(a any(c) b)")[1], "up", "a group");
});

test("nothing moves beyond the ends of its group", () => {
  const tree = planted(leaf("a"), any(leaf("b"), leaf("c")));
  const beyond = [["1", -1], ["2", 1], ["2.1", -1], ["2.2", 1], ["1", 2], ["2.2", -2]];
  for (const [number, by] of beyond) {
    equal(nothing(tree, () => move(tree, at(tree, number).id, by, "up")), false, `${number} by ${by}`);
  }
});

test("a duplicate stands behind its original and is another node all through", () => {
  const tree = planted(leaf("a"), any(leaf("b", { value: ["x"] }), rows("order", leaf("c"))), leaf("d"));
  const focus = done(
    tree, () => duplicate(tree, at(tree, "2").id), "all(a any(b order:all(c)) any(b order:all(c)) d)",
  );
  equal(focus, [at(tree, "3").id, "more"]);
  tree.edit(() => at(tree, "3.1").value.push("y"));
  equal(at(tree, "2.1").value, ["x"]);
});

test("a duplicate of what is turned off, refused or empty is that, too", () => {
  const tree = planted(leaf("a", { off: true, value: { written: "ten" } }), rows("order"));
  done(tree, () => duplicate(tree, at(tree, "1").id), "all(-a -a order:all())");
  equal(at(tree, "2").value, { written: "ten" });
  done(tree, () => duplicate(tree, at(tree, "3").id), "all(-a -a order:all() order:all())");
});

test("a node is put into a group where it stands, and taken out of it again", () => {
  const tree = planted(leaf("a"), any(leaf("b"), leaf("c")), leaf("d"));
  const { id } = at(tree, "2");
  equal(done(tree, () => wrap(tree, id), "all(a all(any(b c)) d)"), [id, "more"]);
  equal(done(tree, () => unwrap(tree, at(tree, "2").id), "all(a any(b c) d)"), [id, "more"]);
  const inner = at(tree, "2.1").id;
  done(tree, () => wrap(tree, inner), "all(a any(all(b) c) d)");
  equal(at(tree, "2.1.1").id, inner, "it stays the same node");
});

test("what was in a group comes to stand in its place, in the same order", () => {
  const tree = planted(leaf("a"), any(leaf("b"), group(leaf("c")), leaf("d")), leaf("e"));
  equal(done(tree, () => unwrap(tree, at(tree, "2").id), "all(a b all(c) d e)"), [at(tree, "2").id, "more"]);
  equal(done(tree, () => unwrap(tree, at(tree, "3").id), "all(a b c d e)"), [at(tree, "3").id, "more"]);
});

test("of a group of nothing nothing is left, and the group around it has the focus", () => {
  const tree = planted(any(group()));
  equal(done(tree, () => unwrap(tree, at(tree, "1.1").id), "all(any())"), [at(tree, "1").id, "add"]);
  equal(done(tree, () => unwrap(tree, at(tree, "1").id), "all()"), [tree.root.id, "add"]);
});

test("a node moves to the end of another group, inwards and outwards", () => {
  const tree = planted(leaf("a"), any(leaf("b"), group(leaf("c"))));
  const [a, inner] = [at(tree, "1").id, at(tree, "2.2").id];
  equal(done(tree, () => moveInto(tree, a, inner), "all(any(b all(c a)))"), [a, "more"], "inwards");
  equal(done(tree, () => moveInto(tree, a, tree.root.id), "all(any(b all(c)) a)"), [a, "more"], "outwards");
  equal(done(tree, () => moveInto(tree, inner, tree.root.id), "all(any(b) a all(c))"), [inner, "more"], "a group");
  done(tree, () => moveInto(tree, at(tree, "1.1").id, inner), "all(any() a all(c b))");
});

const numbers = (tree, number, fits = () => false) =>
  targets(tree, at(tree, number).id, fits).map((place) => place.number);

test("a node may move into any other group, but not into itself or where it is", () => {
  const tree = planted(leaf("a"), any(leaf("b"), group(leaf("c"))), group());
  equal(numbers(tree, "1"), ["2", "2.2", "3"]);
  equal(numbers(tree, "2.1"), ["", "2.2", "3"]);
  equal(numbers(tree, "2.2.1"), ["", "2", "3"]);
  equal(numbers(tree, "2"), ["3"], "not into what is in it");
  equal(numbers(tree, "2.2"), ["", "3"]);
  equal(numbers(planted(leaf("a")), "1"), [], "no other group");
});

test("the first of many is not taken for the tenth", () => {
  const tree = planted(group(), ...Array.from({ length: 8 }, (_, index) => leaf(`a${index}`)), any(), group());
  equal(numbers(tree, "1"), ["10", "11"]);
});

test("a node moves to other rows only where it fits", () => {
  const tree = planted(
    leaf("a"), rows("order", leaf("b"), any()), rows("order", leaf("c")), rows("view", leaf("d")), any(),
  );
  equal(numbers(tree, "1"), ["5"], "from no rows");
  equal(numbers(tree, "2.1"), ["2.2", "3"], "to rows of the same kind");
  const asked = [];
  const found = numbers(tree, "2.1", (relation) => {
    asked.push(relation);
    return relation === "view";
  });
  equal(found, ["2.2", "3", "4"], "to rows that it fits");
  equal(new Set(asked).has("order"), false, "its own kind is not asked about");
  equal(numbers(tree, "2.1", (relation) => relation === null), ["", "2.2", "3", "5"], "out of all rows");
  equal(numbers(tree, "3"), ["5"], "rows themselves stand among the customer's conditions");
});

test("conditions about the same rows become one, where the first of them stood", () => {
  const tree = planted(leaf("a"), leaf("b"), leaf("c"), leaf("d"));
  const chosen = ["2", "4"].map((number) => at(tree, number).id);
  const focus = done(tree, () => join(tree, tree.root.id, chosen, "order"), "all(a order:all(b d) c)");
  equal(focus, [at(tree, "2").id, "aggregate"]);
  equal(at(tree, "2").aggregate, "exists");
  equal(at(tree, "2").conditions.map(({ id }) => id), chosen, "they stay the same nodes");
});

test("rows among what is joined give their conditions", () => {
  const tree = planted(any(rows("order", leaf("a"), leaf("b")), leaf("x"), leaf("c"), rows("order", any(leaf("d")))));
  const chosen = ["1.1", "1.3", "1.4"].map((number) => at(tree, number).id);
  done(tree, () => join(tree, at(tree, "1").id, chosen, "order"), "all(any(order:all(a b c any(d)) x))");
});

test("only what stands in the group itself is joined", () => {
  const tree = planted(leaf("a"), any(leaf("b")), leaf("c"));
  const chosen = ["3", "2.1", "1"].map((number) => at(tree, number).id);
  done(tree, () => join(tree, tree.root.id, chosen, "order"), "all(order:all(a c) any(b))");
});

test("a group beside the conditions is taken away as a whole, and cannot be moved", () => {
  const among = planted(leaf("sales", { among: group(leaf("a")) }));
  equal(nothing(among, () => move(among, at(among, "1a").id, 1, "fold")), false);
  equal(done(among, () => remove(among, at(among, "1a").id), "all(sales)"), [at(among, "1").id, "among"]);
  equal(among.json, group(leaf("sales")));
  const limited = planted({ ...rows("order"), last: { rows: 3, match: "any", conditions: [leaf("a")] } });
  const { id } = at(limited, "1a");
  equal(done(limited, () => remove(limited, id), "all(order:all())"), [id, "add"]);
  equal(limited.json.conditions[0].last, 3);
});

test("conditions are added to such a group, moved into it and out of it, but no node into its own", () => {
  const tree = planted(leaf("sales", { among: group(leaf("a")) }), leaf("b"));
  const among = at(tree, "1a");
  add(tree, among.id, leaf("c"));
  moveInto(tree, at(tree, "2").id, among.id);
  equal(among.conditions.map(sketch), ["a", "c", "b"]);
  const open = (number) => targets(tree, at(tree, number).id, () => false).map((place) => place.number);
  equal([open("1a.1"), open("1")], [[""], []]);
  const limited = planted({ ...rows("order", leaf("a")), last: 3 });
  equal(targets(limited, at(limited, "1.1").id, () => false).map((place) => place.number), ["1a"], "the same rows");
  const copy = duplicate(tree, at(tree, "1").id);
  equal([copy, new Set(ids(tree)).size], [undefined, ids(tree).length], "a copy has ids of its own");
});
