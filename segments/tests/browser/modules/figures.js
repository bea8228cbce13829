// Tests of numbers as people write them: understood, or refused with what they could be.

import { apart, read, readMany, spelled } from "/static/segments/builder/figures.js";
import { equal, test } from "/tests/unit.js";

test("a number is read as its reader writes it", () => {
  const values = {
    "1000": "1000", "1,000": "1000", "1,000.5": "1000.5",
    "-3": "-3", "−3": "-3", "007": "7", ".5": "0.5",
  };
  for (const [text, value] of Object.entries(values)) equal(read(text), { value }, text);
  equal(read("  12 EUR", { unit: "EUR" }), { value: "12" }, "with its unit");
  equal(read("€12", { unit: "EUR" }), { value: "12" }, "with the sign of it");
  equal(read(""), { value: "" });
});

test("what could be two numbers is refused with both of them", () => {
  equal(read("1.000"), { refused: "figure_unclear", small: "1", large: "1000" });
});

test("what is no number, or too much of one, is refused", () => {
  equal(read("many").refused, "figure_none");
  equal(read("1,00,000").refused, "figure_none");
  equal(read("1e5").refused, "figure_none");
  equal(read("123456789012345").refused, "figure_long");
  equal(read("0.00001").refused, "figure_decimals");
  equal(read("1.5", { whole: true }).refused, "figure_whole");
});

test("whole numbers are numbers of JSON, others keep their spelling", () => {
  equal(read("1,000", { whole: true }), { value: 1000 });
  equal(read("1000"), { value: "1000" });
});

test("several numbers are told apart, or refused as several", () => {
  equal(readMany("1; 2;3").map(({ value }) => value), ["1", "2", "3"]);
  equal(readMany("1, 2").map(({ value }) => value), ["1", "2"]);
  equal(readMany("1 2 3").map(({ value }) => value), ["1", "2", "3"]);
});

test("a stored number is shown as its reader writes it", () => {
  equal([spelled("1234.5"), spelled(null), apart("1234567.25")], ["1234.5", "", "1\u202f234\u202f567.25"]);
});
