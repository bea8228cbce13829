// Tests of what is shown of a preview.

import { h } from "/static/segments/builder/dom.js";
import { Panel, hideCounts, showCounts } from "/static/segments/builder/panel.js";
import { press, stage, texts } from "/tests/page.js";
import { group } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

const REPLY = {
  count: 3, scope_count: 12, elapsed_ms: 5, as_of: "2026-01-31T12:00:00Z", warnings: [],
  customers: [{ id: "7", name: "Ann" }],
};

function drawn() {
  const told = [];
  const act = Object.fromEntries(["count", "cancel", "explain", "goTo"].map((name) =>
    [name, (about) => told.push([name, typeof about === "string" ? about : ""])]));
  const page = { currency: "EUR", timeZone: "UTC", urls: { customer: "by-number?number=" } };
  const panel = new Panel(page, { ...act, at: (path) => ({ id: "n1", text: path }) });
  stage(panel.element, { customers: "%(count)s customers", of_total: "%(share)s of %(count)s" });
  return { told, panel, facts: () => texts(panel.short, "p") };
}

test("a count is shown with its share, its sample and how it differs from what is saved", () => {
  const { told, panel, facts } = drawn();
  equal(panel.show({ state: "counted", reply: REPLY, isAsSaved: true }), "3 customers 25% of 12");
  equal([facts()[1], panel.body.ariaBusy], ["as_saved", "false"]);
  equal(texts(panel.sample, "li > span"), ["Ann 7"]);
  panel.sample.querySelector("button").click();
  equal(told, [["explain", "7"]]);
  panel.show({ state: "counted", reply: { ...REPLY, count: 5 } });
  equal(facts()[1], "more_than_saved");
});

test("a count of another moment is not held against what is saved", () => {
  const { panel, facts } = drawn();
  const show = (given) => {
    panel.show({ state: "counted", ...given, reply: { ...REPLY, as_of: "2024-05-01T04:10:00Z", ...given.reply } });
    return facts().at(-1);
  };
  equal(show({ isAsSaved: true, reply: { engine: "duckdb" } }), "as_saved");
  equal(show({ reply: { engine: "duckdb", count: 2 } }), "fewer_than_saved");
  equal(show({ reply: { engine: "duckdb", count: 2, as_of: "2024-05-02T04:10:00Z" } }), "from_snapshot");
  equal(facts().length, 2);
  equal(show({ reply: { engine: "", count: 2 } }), "16.7% of 12");
  equal(show({ isAsSaved: true, reply: { engine: "" } }), "as_saved");
  equal(show({ reply: { engine: "", count: 5, as_of: "2024-05-02T04:10:00Z" } }), "more_than_saved");
  panel.show({ state: "timed_out", isAsSaved: true, reply: { count: null, estimate: 4, engine: "" } });
  equal(show({ reply: { engine: "" } }), "25% of 12");
});

test("what an engine has counted is said to be of the shop snapshot", () => {
  const { panel, facts } = drawn();
  panel.show({ state: "counted", reply: { ...REPLY, engine: "duckdb" } });
  equal(facts()[1], "from_snapshot");
  panel.show({ state: "counted", reply: { ...REPLY, engine: "" } });
  equal(facts().includes("from_snapshot"), false);
});

test("nobody is explained by the first condition that fits nobody", () => {
  const { told, panel } = drawn();
  const counts = [{ path: "conditions[0]", alone: 2, remaining: 0 }, { path: "conditions[1]", alone: 0 }];
  panel.show({ state: "counted", reply: { ...REPLY, count: 0, counts } });
  const link = panel.short.querySelector("button");
  link.click();
  equal([link.textContent, told], ["conditions[1]", [["goTo", "n1"]]]);
});

test("warnings are shown, but not those that stand beside the conditions", () => {
  const { panel } = drawn();
  const warnings = [{ code: "empty_root", message: "Empty." }, { code: "other", message: "Other." }];
  warnings.push(warnings[1]);
  panel.show({ state: "counted", reply: { ...REPLY, warnings, costly: "Costly." } });
  equal(texts(panel.facts, ".sb-warning"), ["Other.", "Costly."]);
});

test("what lacks something leads there, and nothing is left of the count", () => {
  const { told, panel } = drawn();
  panel.show({ state: "counted", reply: REPLY });
  const missing = [{ id: "n2", text: "Condition 2" }];
  equal(panel.show({ state: "incomplete", missing, refused: [] }), "incomplete Condition 2");
  panel.short.querySelector("button").click();
  equal([told, panel.count.textContent, panel.sample.textContent], [[["goTo", "n2"]], "–", ""]);
});

test("what failed, or took too long, can be asked again", () => {
  const { told, panel } = drawn();
  panel.show({ state: "failed", error: new Error("No.") });
  panel.short.querySelector("button").click();
  panel.show({ state: "timed_out", reply: { estimate: null } });
  equal([panel.count.textContent, panel.short.querySelector("p").textContent], ["?", "timed_out"]);
  panel.short.querySelector("button").click();
  panel.show({ state: "slow" });
  equal(panel.body.ariaBusy, "true");
  panel.short.querySelector("button").click();
  equal(told.map(([name]) => name), ["count", "count", "cancel"]);
});

test("Enter asks about a customer and sends no form", () => {
  const { told, panel } = drawn();
  const who = panel.element.querySelector("#sb-who");
  equal(press(who, "Enter"), true);
  equal([told, document.activeElement === who], [[], true]);
  who.value = " 7 ";
  press(who, "Enter");
  equal(told, [["explain", "7"]]);
});

test("each condition says whom it fits, whom it leaves, and where it does nothing", () => {
  const chips = ["n1", "n2", "n3"].map((id) => h("div", { "data-chip": id }));
  const host = h("div", {}, chips);
  stage(host);
  const parent = group();
  const places = new Map(["n1", "n2", "n3"].map((id, index) => [id, { path: `conditions[${index}]`, parent }]));
  const counts = [[5, 5], [9, 5], [0, 0]].map(([alone, remaining], index) =>
    ({ path: `conditions[${index}]`, alone, remaining }));
  showCounts(host, { scope_count: 12, counts }, places);
  equal(chips.map((chip) => texts(chip, "span, strong")),
    [["alone"], ["alone", "remaining", "changes_nothing"], ["alone", "remaining", "nobody"]]);
  places.set("n3", { path: null, parent });
  showCounts(host, { scope_count: 12, counts }, places);
  equal(chips[2].textContent, "", "what is turned off has no count");
  hideCounts(host);
  equal(chips.map((chip) => chip.textContent), ["–", "–", ""]);
});
