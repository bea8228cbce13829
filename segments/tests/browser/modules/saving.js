// Tests of what is said before a change is saved.

import { confirmSaving } from "/static/segments/builder/saving.js";
import { after, site, stage, texts } from "/tests/page.js";
import { equal, test } from "/tests/unit.js";

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
