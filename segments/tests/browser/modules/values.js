// Tests of the controls for values: what stands in them, and what they give.

import { h } from "/static/segments/builder/dom.js";
import { valueControls } from "/static/segments/builder/values.js";
import { after, choose, press, site, stage, texts, type } from "/tests/page.js";
import { spoken } from "/tests/registry.js";
import { leaf } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

function controls(node) {
  const { language, suggestions } = spoken();
  const told = [];
  const at = {
    node: { id: "n1", ...node }, name: "C", language, suggestions,
    others: () => language.others(at.node, null),
    change: (value) => { at.node.value = value; },
    ...Object.fromEntries(["enter", "tell", "left"].map((name) => [name, () => told.push(name)])),
  };
  stage([], { times: "%(times)s × %(other)s", part: "%(from)s to %(to)s per cent of %(salt)s" });
  const host = h("div", {}, valueControls(at));
  document.body.append(host);
  const part = (name) => host.querySelector(`[data-key="n1:${name}"]`);
  return { host, told, part, value: () => at.node.value };
}

test("nothing is asked where nothing is taken", () => {
  equal(valueControls({ ...spoken(), node: leaf("city", { operator: "is_empty" }) }), []);
  equal(valueControls({ ...spoken(), node: leaf("city", { operator: "gone" }) }), []);
});

test("a number is kept as the language writes it, with its unit beside it", () => {
  const { host, told, part, value } = controls(leaf("sales", { operator: "gte", value: "1.5" }));
  equal([part("value").value, texts(host, ".sb-unit")], ["1.5", ["EUR"]]);
  type(part("value"), "1,000");
  equal([value(), texts(host, ".sb-read")], ["1000", ["= 1\u202f000"]]);
  type(part("value"), "many");
  equal(value(), { written: "many" });
  equal([press(part("value"), "Enter"), told], [true, ["enter"]]);
});

test("yes, no and a value of a list are chosen", () => {
  const yes = controls(leaf("subscribed", { value: null }));
  choose(yes.part("value"), "false");
  equal(yes.value(), false);
  choose(yes.part("value"), "");
  equal(yes.value(), null);
  const one = controls(leaf("group", { value: "gone" }));
  equal(texts(one.part("value"), "option"), ["choose", "VIP", "New", "unknown_choice"]);
  choose(one.part("value"), "vip");
  equal(one.value(), "vip");
});

test("a pair changes one end and keeps the other", () => {
  const { part, value } = controls(leaf("sales", { operator: "between", value: ["1", "2"] }));
  type(part("to"), "9");
  equal(value(), ["1", "9"]);
});

test("a part of a draw has its name and its ends, and is refused and lacking end by end", () => {
  site(() => ({ body: [] }));
  const { part, value } = controls(leaf("lot", { operator: "is_in", value: undefined }));
  const { language } = spoken();
  const node = () => leaf("lot", { operator: "is_in", value: value() });
  equal([part("from").value, part("to").value, language.isIncomplete(node())], ["0", "10", true]);
  type(part("salt"), "spring");
  equal([value(), language.isIncomplete(node())], [{ from: "0", to: "10", salt: "spring" }, false]);
  type(part("to"), "12.5");
  equal([value().to, language.words(node())], ["12.5", "Part is in 0 to 12.5 per cent of spring"]);
  type(part("to"), "many");
  equal(language.refusals(node()), [["to", "figure_none"]]);
  type(part("to"), "");
  equal(language.isIncomplete(node()), true);
});

test("a text may be anything, a country is one of those there are", () => {
  site(() => ({ body: [] }));
  const city = controls(leaf("city", { value: "" }));
  type(city.part("value"), "Bonn");
  equal(city.value(), "Bonn");
  const country = controls(leaf("country", { value: "FR" }));
  equal(country.part("value").value, "France (FR)");
  type(country.part("value"), "germany");
  equal(country.value(), "DE");
  type(country.part("value"), "Atlantis");
  equal(country.value(), { written: "Atlantis", typing: true });
  country.part("value").dispatchEvent(new Event("blur"));
  equal([country.value(), country.told], [{ written: "Atlantis" }, ["left"]]);
});

test("a list takes values one by one or all at once, and gives them back", async () => {
  site(() => ({ body: [] }));
  const { host, part, value } = controls(leaf("city", { operator: "is_one_of", value: ["Rome"] }));
  type(part("value"), "Bonn, Paris");
  press(part("value"), "Enter");
  await after(20);
  equal(value(), ["Rome", "Bonn", "Paris"]);
  equal(document.activeElement === part("value"), true);
  host.querySelector(".sb-value-chip button").click();
  equal([value(), texts(host, ".sb-value-chip")], [["Bonn", "Paris"], ["Bonn", "Paris"]]);
  press(part("value"), "Backspace");
  equal(value(), ["Bonn"]);
});

test("what no list has is refused, and what was right of it is kept", async () => {
  const { host, part, value } = controls(leaf("group", { operator: "is_one_of", value: [] }));
  type(part("value"), "VIP, old");
  press(part("value"), "Enter");
  await after(20);
  equal([value(), part("value").value], [["vip", { written: "old" }], "old"]);
  equal(texts(host, ".sb-value-chip"), ["VIP"], "what is refused stays where it was typed");
});

test("a long list is one button that opens it in lines", async () => {
  const many = Array.from({ length: 20 }, (_, index) => `City ${index}`);
  const { host, value } = controls(leaf("city", { operator: "is_one_of", value: [...many, "Bonn, West"] }));
  host.querySelector(".sb-many").click();
  document.querySelector("textarea").value = "City 3\nBonn, West\nRome";
  document.querySelector("dialog").close("yes");
  await after(20);
  equal(value(), ["City 3", "Bonn, West", "Rome"]);
});

test("a field is compared with another, so many times", () => {
  const { host, part, value } = controls(leaf("sales", { value: { attribute: "" } }));
  equal(texts(host, "option"), ["choose", "Profit"]);
  choose(part("value"), "profit");
  type(part("times"), "0.5");
  equal(value(), { attribute: "profit", times: "0.5" });
});
