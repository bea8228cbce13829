// Tests of the sentence that becomes a tree: its pieces, and what takes their place.

import { pieces, replaced } from "/static/segments/builder/saying.js";
import { equal, test } from "/tests/unit.js";

const shown = (text, ...unread) => pieces(text, unread.map(([from, to]) => ({ from, to })))
  .map((piece) => (piece.unread ? `[${piece.text}]` : piece.text));

test("a sentence is shown with what was not read, and nothing is lost or said twice", () => {
  equal(shown("big spenders from France", [0, 12]), ["[big spenders]", " from France"]);
  equal(shown("in France, big spenders", [11, 14], [15, 23]), ["in France, ", "[big]", " ", "[spenders]"]);
  equal(shown("from France"), ["from France"]);
  equal(shown("", ), []);
});

test("positions count characters, not the units of the script's texts", () => {
  equal(shown("👟 fans in Paris", [0, 6]), ["[👟 fans]", " in Paris"]);
  equal(replaced("👟 fanz in Paris", { from: 2, to: 6 }, "fans"), "👟 fans in Paris");
});

test("parts in any order are shown in that of the sentence", () => {
  equal(shown("a b c", [4, 5], [0, 1]), ["[a]", " b ", "[c]"]);
});
