// Tests of what is one thought, and so one row.

import { isLine } from "/static/segments/builder/shape.js";
import { planted, any, group, leaf, rows } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

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
