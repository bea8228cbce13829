// Tests of the field that searches: what is found, marked, taken and left.

import { Combobox, filtered } from "/static/segments/builder/combobox.js";
import { after, press, stage, texts, type } from "/tests/page.js";
import { equal, test } from "/tests/unit.js";

const FRUIT = ["Apple", "Apricot", "Pear"].map((label) => ({ label, value: label }));
const found = (text) => [["Fruit", FRUIT.filter(({ label }) => label.toLowerCase().startsWith(text))]];

function field(more = {}) {
  const told = [];
  const box = new Combobox({
    label: "fruit", key: "n1:value", search: found, pick: ({ value }) => told.push(`pick ${value}`),
    type: (text) => told.push(`type ${text}`), taken: () => told.push("taken"),
    enter: (text, asIs) => told.push(`enter ${text}${asIs ? " as it is" : ""}`), ...more,
  });
  stage(box.element);
  return { box, told, options: () => texts(box.list, "[role=option]") };
}

test("what is typed is searched, and Enter takes the first", async () => {
  const { box, told, options } = field();
  type(box.input, "ap");
  await after();
  equal(options(), ["Apple", "Apricot"]);
  equal(box.input.getAttribute("aria-activedescendant"), box.list.firstChild.children[1].id);
  press(box.input, "ArrowDown");
  press(box.input, "Enter");
  await after();
  equal([told, box.input.value, box.isOpen], [["pick Apricot", "taken"], "Apricot", false]);
});

test("nothing but a choice stays, unless any text will do", async () => {
  const { box } = field({ text: "Pear" });
  type(box.input, "plum");
  box.input.dispatchEvent(new Event("blur"));
  equal(box.input.value, "Pear");
  const free = field({ free: true });
  type(free.box.input, "plum");
  await after();
  press(free.box.input, "Escape");
  press(free.box.input, "Enter");
  equal([free.told, free.box.input.value], [["type plum", "enter plum as it is"], "plum"]);
});

test("where nothing is found it is said, and what comes too late is not shown", async () => {
  const { box, options } = field();
  type(box.input, "plum");
  await after();
  equal(options(), ["nothing_found"]);
  const answers = [];
  const slow = field({ search: () => new Promise((resolve) => { answers.push(resolve); }) });
  type(slow.box.input, "a");
  type(slow.box.input, "p");
  answers[1]([["", FRUIT.slice(2)]]);
  await after();
  answers[0]([["", FRUIT.slice(0, 1)]]);
  await after();
  equal(slow.options(), ["Pear"]);
});

test("who types on is not searched for before the wait is over", async () => {
  const asked = [];
  const { box } = field({ wait: 20, search: (text) => asked.push(text) && found(text) });
  type(box.input, "a");
  type(box.input, "ap");
  equal(asked, []);
  await after(40);
  equal(asked, ["ap"]);
});

test("counts stand beside their options", async () => {
  const { box } = field({ count: () => Promise.resolve(new Map([["Pear", "2 customers"]])) });
  type(box.input, "");
  await after();
  equal(texts(box.list, ".sb-option"), ["Apple", "Apricot", "Pear2 customers"]);
});

test("words are found by their beginnings, in names before descriptions", () => {
  const groups = [["Visits", [{ label: "Last log-in", words: "visit" }]], ["Orders", [{ label: "Visit", words: "" }]]];
  const labels = (text) => filtered(groups, text).map(([, options]) => options.map(({ label }) => label));
  equal(labels("login"), [["Last log-in"]]);
  equal(labels("log in last"), [["Last log-in"]]);
  equal(labels("visit"), [["Visit"], ["Last log-in"]]);
  equal(labels("ogin"), []);
});
