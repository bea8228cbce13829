// Tests of what the parts do together. What a person does with them is tested on the whole page.

import { confirmSaving } from "/static/segments/builder/builder.js";
import { h } from "/static/segments/builder/dom.js";
import { after, choose, press, site, stage, texts, type } from "/tests/page.js";
import { registry } from "/tests/registry.js";
import { group, leaf } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

const EXACT = {
  exact: true, count: 3, as_of: "2026-01-31T12:00:00Z", sentence: "In Bonn.", warnings: [], elapsed_ms: 1,
};

async function begun(json, answer = () => EXACT) {
  const page = {
    strings: { who_match: "who match %(match)s" }, problems: [], codes: {}, keywords: {}, titles: {},
    starters: [{ code: "x", name: "X", conditions: group(leaf("sales")) }],
    urls: { conditions: "/conditions/", preview: "/preview/" }, timeZone: "UTC", currency: "EUR",
  };
  const asked = site(({ address, body }) => ({ body: address === "/conditions/" ? registry() : answer(body) }));
  const text = typeof json === "string" ? json : JSON.stringify(json);
  const field = h("textarea", { name: "conditions", value: text });
  const builder = h("segment-builder", {}, field, h("script", { type: "application/json" }, JSON.stringify(page)));
  const form = h("form", { submit: (event) => event.preventDefault() }, builder);
  stage(form);
  await after(20);
  const part = (number, name) =>
    builder.querySelector(`[data-key="${[...builder.tree.places()][number].node.id}:${name}"]`);
  return { asked, builder, field, form, part };
}

test("what is no tree leaves the field as it is", async () => {
  const { builder, field } = await begun("no JSON");
  equal([builder.dataset.plain, field.hidden], ["", false]);
});

test("the tree is drawn, counted and said", async () => {
  const { asked, builder, field } = await begun(group(leaf("city", { value: "Bonn" })));
  equal([field.hidden, builder.dataset.state, builder.sentence.textContent], [true, "detailed", "In Bonn."]);
  equal(asked.find(({ address }) => address === "/preview/").body.conditions,
    group(leaf("city", { value: "Bonn" })));
});

test("what is edited is written in the field, undone and redone", async () => {
  const { builder, field, part } = await begun(group(leaf("city")));
  choose(part(1, "operator"), "is_not");
  equal(JSON.parse(field.value).conditions[0].operator, "is_not");
  press(builder, "z", { ctrlKey: true });
  equal([JSON.parse(field.value).conditions[0].operator, builder.undo.ariaDisabled], ["is", "true"]);
  press(builder, "z", { ctrlKey: true, shiftKey: true });
  equal(JSON.parse(field.value).conditions[0].operator, "is_not");
  builder.preview.stop();
});

test("a beginning fills what is empty", async () => {
  const { builder, field } = await begun(group());
  choose(builder.querySelector(".sb-toolbar select"), "x");
  equal(JSON.parse(field.value), group(leaf("sales")));
  builder.preview.stop();
});

test("what lacks something is not counted, and what is refused is not sent", async () => {
  const { asked, builder, form, part } = await begun(group(leaf("sales", { operator: "gte" })));
  const counted = () => asked.filter(({ address }) => address === "/preview/").length;
  const before = counted();
  type(part(1, "value"), "many");
  await builder.preview.now();
  equal([builder.dataset.state, counted()], ["incomplete", before]);
  equal(texts(builder.problems, "li"), ["condition_name: figure_none"]);
  const event = new SubmitEvent("submit", { cancelable: true });
  form.dispatchEvent(event);
  equal([builder.status.textContent, document.activeElement === part(1, "value")], ["figure_none", true]);
});

test("what the site refuses is noted where it is", async () => {
  const { builder } = await begun(group(leaf("city")));
  globalThis.fetch = () => Promise.resolve(new Response(
    JSON.stringify({ errors: [{ path: "conditions[0].value", message: "No." }] }), { status: 400 }));
  await builder.preview.now();
  equal(texts(builder.problems, "li"), ["condition_name: No."]);
  equal(texts(builder.host, ".sb-notes .sb-problem"), ["No."]);
});

const DIFFERENCES = [{ is_new: true, words: "City is Bonn", depth: 9 }, { is_new: false, words: "Sales", depth: 1 }];

async function asked(answer, warnings = []) {
  stage([]);
  const questions = site(answer);
  const answered = confirmSaving("/changes/", { name: "VIP" }, warnings);
  await after();
  await after();
  return { questions, answered, dialog: document.querySelector("dialog") };
}

test("what is added and what goes is told, and saved if somebody says so", async () => {
  const reply = () => ({ body: { differences: DIFFERENCES, members: null } });
  const { questions, answered, dialog } = await asked(reply, ["Off"]);
  equal(questions.map(({ address, body }) => [address, body]), [["/changes/", { name: "VIP" }]]);
  equal(texts(dialog, ".sb-new, .sb-gone"), ["added_line City is Bonn", "removed_line Sales"]);
  equal(dialog.querySelector(".sb-new").dataset.depth, "5", "no deeper than is drawn");
  equal([...texts(dialog, ".sb-warning"), dialog.textContent.includes("members_unknown")], ["Off", true]);
  dialog.close("yes");
  equal(await answered, true);
});

test("whoever goes on editing has saved nothing", async () => {
  const { answered, dialog } = await asked(() => ({ body: { differences: [], members: { joining: 1 } } }));
  equal(texts(dialog, "[role=status] > p"), ["members_change"]);
  dialog.close("");
  equal(await answered, false);
});

test("what cannot be told is no hindrance", async () => {
  const { answered, dialog } = await asked(() => ({ status: 500, body: {} }));
  equal(texts(dialog, "[role=status]"), ["failed"]);
  dialog.close("yes");
  equal(await answered, true);
});
