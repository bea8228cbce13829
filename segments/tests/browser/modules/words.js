// Tests of what is said: places, numbers, plural forms, and what nobody has said yet.

import { day, learn, moment, money, number, say, sayWith, share } from "/static/segments/builder/words.js";
import { equal, test } from "/tests/unit.js";

const dictionary = {
  plain: "Save",
  named: "%(name)s added to %(name)s",
  counted: { 0: "%(count)s customers", 1: "%(count)s customer", 2: "%(count)s customers", 100: "%(count)s customers" },
  parts: "between %(low)s and %(high)s",
};

test("a text is said with what stands in its places", () => {
  learn(dictionary);
  equal(say("plain"), "Save");
  equal(say("named", { name: "<b>$&</b>" }), "<b>$&</b> added to <b>$&</b>", "as it is, however often");
  equal(say("named", { name: 1234.5 }), "1,234.5 added to 1,234.5", "numbers as the reader writes them");
});

test("a number chooses its plural form", () => {
  learn(dictionary);
  equal([0, 1, 2, 1234].map((count) => say("counted", { count })),
    ["0 customers", "1 customer", "2 customers", "1,234 customers"]);
});

test("what has no text is said by its name", () => {
  learn({});
  equal(say("missing"), "missing");
});

test("elements stand among the words in the order of the language", () => {
  learn(dictionary);
  equal(sayWith("parts", { low: 1, high: 2 }), ["between ", 1, " and ", 2, ""]);
});

test("numbers, shares, days and moments are the reader's", () => {
  equal(number(1234567.8), "1,234,567.8");
  equal([share(0.125), share(0), share(1)], ["12.5%", "0%", "100%"]);
  equal([money("1200", "EUR"), money("343.075", "EUR")], ["€1,200", "€343.08"]);
  equal(day(new Date("2026-01-31T00:00:00Z")), "January 31, 2026");
  equal(moment("2020-01-31T23:30:00Z", "Asia/Tokyo"), "Feb 1, 2020, 08:30", "by the shop's clock");
});
