// Tests of an order of events: how it is kept, written and drawn.

import { Tree, grow, isTree, plain } from "/static/segments/builder/state.js";
import { isFull, joint, offered, step } from "/static/segments/builder/steps.js";
import { equal, test } from "/tests/unit.js";

const relations = {
  view: { label: "Views", has_time: true, of: ["view.sku"], attributes: ["view.sku", "view.at"] },
  line: { label: "Lines", has_time: true, of: ["line.sku"], attributes: ["line.sku"] },
  letter: { label: "Letters", has_time: false, of: [], attributes: ["letter.changed"] },
  address: { label: "Addresses", has_time: false, of: [], attributes: ["address.city"] },
};
const datetimes = { view: [["view.at", "Viewed"]], letter: [["letter.changed", "Changed"]] };
const language = {
  relations,
  families: [{ label: "All", relations: Object.keys(relations) }],
  times: (relation) => datetimes[relation] ?? [],
  hasSku: (relation) => relations[relation].of.some((code) => code.endsWith(".sku")),
  label: ({ relation }) => relations[relation].label,
};
const on = { language, edit: (_node, act) => act() };
const view = { relation: "view" };
const bought = { relation: "line", within_days: 7, same: "sku" };

function drawn(steps, index) {
  const parent = grow({ steps });
  const node = parent.conditions[index];
  const host = document.createElement("div");
  host.append(...step(on, { node, parent, index }, "name").flat(Infinity).filter(Boolean));
  const controls = Object.fromEntries([...host.querySelectorAll("[data-key]")]
    .map((one) => [one.dataset.key.split(":")[1], one.value]));
  const choose = (part, value) => {
    const control = host.querySelector(`[data-key="${node.id}:${part}"]`);
    control.value = value;
    control.dispatchEvent(new Event("change"));
  };
  const now = () => plain(parent).steps[index];
  return { controls, choose, now };
}

test("an order of events is written as it was read", () => {
  const chain = { steps: [{ ...view, conditions: [{ attribute: "view.sku", value: "a" }], match: "any" }, bought] };
  equal(plain(grow(chain)), chain);
  equal(plain(grow(grow(chain))), chain, "a copy");
  equal(isTree({ match: "all", conditions: [chain] }), true);
  equal(plain(grow({ relation: "view" })), { relation: "view", aggregate: "exists" }, "rows are no step");
});

test("a step has its own path", () => {
  const tree = new Tree({ match: "all", conditions: [{ steps: [view, bought] }] });
  equal([...tree.places()].map(({ path }) => path),
    ["", "conditions[0]", "conditions[0].steps[0]", "conditions[0].steps[1]"]);
});

test("a first step has no step before", () => {
  equal(Object.keys(drawn([view, bought], 0).controls), ["only", "at"]);
  equal(drawn([view, bought], 1).controls,
    { not: "", after: "", within: "within_days", within_days: "7", same: "sku", only: "" });
});

test("another unit keeps the number, and none takes it away", () => {
  const { choose, now } = drawn([view, bought], 1);
  choose("within", "within_hours");
  equal(now(), { relation: "line", within_hours: 7, same: "sku" });
  const again = drawn([view, { ...bought, after_hours: 2 }], 1);
  again.choose("within", "");
  equal(again.now(), { relation: "line", after_hours: 2, same: "sku" });
});

test("a step that is not to follow loses what says nothing of it", () => {
  const { choose, now } = drawn([view, { ...bought, only: "last", after_days: 1 }], 1);
  choose("not", "not");
  equal(now(), { ...bought, not: true });
  equal(Object.keys(drawn([view, { ...bought, not: true }], 1).controls), ["not", "within", "within_days", "same"]);
});

test("only the last step can be one that does not follow", () => {
  equal("not" in drawn([view, bought, view], 1).controls, false);
  equal("not" in drawn([view, bought, view], 2).controls, true);
});

test("a product is compared where both rows have one", () => {
  equal("same" in drawn([view, { relation: "letter", at: "letter.changed" }], 1).controls, false);
  const { choose, now } = drawn([view, bought], 1);
  choose("same", "");
  equal(now(), { relation: "line", within_days: 7 });
});

test("rows with a time are offered, and those that a datetime gives one", () => {
  const [[, options]] = offered(language);
  equal(options.map(({ make }) => make()),
    [{ relation: "view" }, { relation: "line" }, { relation: "letter", at: "letter.changed" }]);
});

test("steps are joined by what they say, and are as many as the language allows", () => {
  equal([joint(bought), joint({ not: true })], ["then", "but_not"]);
  const limits = { limits: { steps: 3 } };
  equal([3, 2].map((count) => isFull(grow({ steps: Array(count).fill(view) }), limits)), [true, false]);
});
