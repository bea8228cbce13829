// Tests of why a customer is in or not.

import { explain } from "/static/segments/builder/explain.js";
import { after, site, stage, texts } from "/tests/page.js";
import { spoken } from "/tests/registry.js";
import { group, leaf, rows } from "/tests/trees.js";
import { equal, test } from "/tests/unit.js";

async function explained(answer, dictionary) {
  stage([], dictionary);
  const asked = site(answer);
  const closed = explain({
    body: { conditions: {} }, customer: "7",
    language: spoken().language,
  });
  while (!document.querySelector("dialog")) await after();
  const dialog = document.querySelector("dialog");
  dialog.close("");
  await closed;
  return { asked, dialog };
}

const reply = (more) => ({ body: { member: true, as_of: "2026-01-31T12:00:00Z", ...more } });

test("each condition says whether it holds and what was found", async () => {
  const explanation = {
    ...group({ ...leaf("city", { value: "Bonn" }), holds: true, because: "because they live in Bonn" },
      { ...leaf("sales", { operator: "gte", value: "5" }), holds: false }), holds: false,
  };
  const { asked, dialog } = await explained(() => reply({ member: false, explanation }));
  equal(asked[0].body, { conditions: {}, customer: "7" });
  equal(texts(dialog, "h2"), ["is_not_in"]);
  equal(texts(dialog, "li li"), ["holds City is Bonn because they live in Bonn", "fails Sales is at least 5 EUR "]);
});

test("rows tell how many there are, and their parts judge none of them", async () => {
  const explanation = {
    ...rows("order", { ...leaf("order.city"), holds: false }), holds: true,
    because: "because so it is", actual: { count: 2, rows: ["A", "B"] },
  };
  const { dialog } = await explained(() => reply({ explanation }));
  equal(texts(dialog, ".sb-why > li > .sb-actual"), ["because so it is: A; B"]);
  equal(dialog.querySelector("li li").className, "sb-part");
});

test("a rank tells the figure and its place, or the amount beside it", async () => {
  const rank = (operator, actual) => ({
    ...leaf("sales", { operator, value: operator === "in_top_percent" ? "10" : undefined }), holds: true,
    because: "because so it is", actual,
  });
  const explanation = {
    ...group(rank("in_top_percent", { figure: "620.3992", rank: 3, of: 4520 }),
      rank("above_average", { figure: "620", average: "99.5" })), holds: true,
  };
  const { dialog } = await explained(() => reply({ explanation }), {
    placed: "%(value)s: place %(rank)s of %(size)s", beside_average: "%(value)s; average: %(amount)s",
  });
  equal(texts(dialog, "li li"), [
    "holds Sales in top_percent 10 % because so it is (€620.40: place 3 of 4,520)",
    "holds Sales above average because so it is (€620; average: €99.50)",
  ]);
});

test("who is out of reach or put in by hand is told, and what went wrong", async () => {
  const { dialog } = await explained(() => reply({ in_scope: false, override: "include" }));
  equal(texts(dialog, ".sb-warning"), ["out_of_scope", "by_hand_include"]);
  const failed = await explained(() => ({ status: 404, body: { detail: "No such customer." } }));
  equal(texts(failed.dialog, "h2"), ["No such customer."]);
});
