// Tests of values: what they are called, which are known, and what a text means.

import { site } from "/tests/page.js";
import { spoken } from "/tests/registry.js";
import { equal, test } from "/tests/unit.js";

test("a value is called as people call it", () => {
  const { suggestions } = spoken();
  equal(suggestions.label("group", "vip"), "VIP");
  equal(suggestions.label("country", "FR"), "France (FR)");
  equal(suggestions.label("city", "Bonn"), "Bonn");
});

test("a value that no list has is unknown, and codes of countries in any case are not", () => {
  const { suggestions } = spoken();
  const unknown = (attribute, value) => suggestions.isUnknown(attribute, value);
  equal([unknown("group", "vip"), unknown("group", "VIP"), unknown("city", "x")], [false, true, false]);
  equal([unknown("country", "fr"), unknown("country", "XX")], [false, true]);
  equal(suggestions.unknownOf({ attribute: "group", value: ["vip", "old"] }), ["old"]);
});

test("what the site knows is asked once for all, and remembered", async () => {
  const { suggestions } = spoken();
  const asked = site(() => ({ body: [{ text: "Acme", value: "7", label: "Acme" }] }));
  equal([...await suggestions.known("brand", ["Acme", "8"])], [["Acme", "7"]]);
  equal(asked.map(({ body }) => body), [{ attribute: "brand", texts: ["Acme", "8"] }]);
  equal(suggestions.label("brand", "7"), "Acme");
  equal([suggestions.isUnknown("brand", "7"), suggestions.isUnknown("brand", "8")], [false, true]);
  await suggestions.known("brand", ["7"]);
  equal(suggestions.isUnknown("brand", "7"), false, "its code is known as well");
});

test("commas part values, but not those of a value that is known", async () => {
  const { suggestions } = spoken();
  equal(await suggestions.meant("group", "vip, New\nold"), ["vip", "new", "old"]);
  site(() => ({ body: [{ text: "Bonn, West", value: "Bonn, West" }] }));
  equal(await suggestions.meant("city", "Bonn, West, Rome"), ["Bonn, West", "Rome"]);
});

test("what is called so comes first, what begins so next", async () => {
  const { suggestions } = spoken();
  const cities = ["East Bonn", "Bonner", "Bonn"].map((value) => ({ value, label: value }));
  site(() => ({ body: cities }));
  equal((await suggestions.find("city", "bonn")).map(({ value }) => value), ["Bonn", "Bonner", "East Bonn"]);
  equal(Boolean(suggestions.local("city", "bonn")), false, "the site is asked");
  site(() => ({ body: [{ value: "FR" }] }));
  equal((await suggestions.find("country", "")).map(({ value }) => value), ["FR", "DE"], "those in use come first");
});

test("it is busy until its work is done", async () => {
  const { suggestions } = spoken();
  const work = suggestions.during(Promise.resolve(3));
  equal(suggestions.busy === work, true);
  equal([await work, suggestions.busy], [3, null]);
});

test("customers of a value are counted in the form's scope, if somewhere they are", async () => {
  equal([...await spoken().suggestions.counts("group", ["vip"])], []);
  const { suggestions } = spoken({ counted: "/counts/", scope: () => ({ websites: [1] }) });
  const asked = site(() => ({ body: [{ value: "vip", count: 2 }] }));
  equal([...(await suggestions.counts("group", ["vip"])).keys()], ["vip"]);
  equal(asked[0].body, { attribute: "group", values: ["vip"], websites: [1] });
});
