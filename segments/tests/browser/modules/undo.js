// Tests of what is remembered: steps both ways, and which of them are one.

import { History } from "/static/segments/builder/undo.js";
import { equal, test } from "/tests/unit.js";

const tagged = (...tags) => {
  const history = new History();
  tags.forEach((tag, number) => history.record(number, [number], tag));
  return history;
};

test("steps are undone from the last to the first, and redone the other way", () => {
  const history = tagged(undefined, undefined);
  equal(history.travel("undo", 2), { tree: 1, changed: [1], tag: undefined });
  equal(history.travel("undo", 1), { tree: 0, changed: [0], tag: undefined });
  equal(history.travel("undo", 0), undefined, "nothing is before the first");
  equal(history.travel("redo", 0).tree, 1);
  equal(history.travel("redo", 1).tree, 2);
  equal(history.travel("redo", 2), undefined, "nothing is after the last");
});

test("steps in a row with one tag are one, until there is a pause", () => {
  equal(tagged("typing", "typing", "typing").past.length, 1);
  equal(tagged("typing", "choosing", "typing").past.length, 3);
  equal(tagged(undefined, undefined).past.length, 2, "none is no tag");
  const history = tagged("typing");
  history.pause();
  history.record(1, [], "typing");
  equal(history.past.length, 2);
});

test("a new step makes an end of what could be redone", () => {
  const history = tagged(undefined);
  history.travel("undo", 1);
  history.record(7, [], "x");
  equal(history.travel("redo", 8), undefined);
});

test("what was undone and done again is not joined by what is typed next", () => {
  const history = tagged("typing");
  history.travel("undo", 1);
  history.travel("redo", 0);
  history.record(1, [], "typing");
  equal(history.past.length, 2);
});

test("fifty steps are kept", () => {
  const history = tagged(...Array(60).fill(undefined));
  equal([history.past.length, history.past[0].tree], [50, 10]);
});
