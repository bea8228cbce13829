// Tests of counting: in steps, the last question wins, and nothing is asked in vain.

import { Preview } from "/static/segments/builder/preview.js";
import { after, site } from "/tests/page.js";
import { equal, test } from "/tests/unit.js";

const EXACT = { exact: true, count: 3, as_of: "now" };

function counting(question = () => ({ conditions: {} })) {
  const preview = new Preview("/preview/", question);
  const states = [];
  preview.addEventListener("state", () => states.push(preview.last.state));
  return { preview, states };
}

test("first the count, then that of each condition, then figures", async () => {
  const asked = site(({ body }) => ({ body: body.figures ? { figures: { orders: 1 } } : { ...EXACT, counts: [1] } }));
  const { preview, states } = counting();
  await preview.now();
  equal(states, ["loading", "counted", "detailed"]);
  equal([preview.last.reply.count, preview.last.reply.counts, preview.last.figures], [3, [1], { orders: 1 }]);
  equal(asked.map(({ body }) => [body.limit, body.counts, body.figures, body.as_of]),
    [[10, undefined, undefined, undefined], [0, true, undefined, "now"], [0, undefined, true, "now"]]);
});

test("what lacks something is not asked", async () => {
  const asked = site(() => ({ body: EXACT }));
  const { preview, states } = counting(() => null);
  await preview.now();
  equal([states, asked.length], [["incomplete"], 0]);
});

test("a new question ends the one before it, and tells the site", async () => {
  const asked = site(async ({ body }) => {
    if (body?.seq === 1) await after(20);
    return { body: { exact: false, count: body?.seq } };
  });
  const { preview, states } = counting();
  const first = preview.now();
  await preview.now();
  await first;
  equal([preview.last.reply.count, states], [2, ["loading", "loading", "timed_out"]]);
  equal([asked[0].signal.aborted, asked[1].method, asked[1].address.endsWith("seq=1")], [true, "DELETE", true]);
});

test("a site that is busy is asked again", async () => {
  let times = 0;
  const busy = { status: 429, headers: { "Retry-After": "0.01" }, body: {} };
  site(() => (++times === 1 ? busy : { body: { exact: false } }));
  const { preview, states } = counting();
  await preview.now();
  equal(states, ["loading", "waiting", "timed_out"]);
});

test("what is wrong is told from what failed, and what was cancelled is neither", async () => {
  const { preview } = counting();
  site(() => ({ status: 400, body: { errors: [{ path: "", message: "No." }] } }));
  await preview.now();
  equal([preview.last.state, preview.last.error.message], ["invalid", "No."]);
  site(() => ({ status: 500, body: {} }));
  await preview.now();
  equal(preview.last.state, "failed");
  site(() => ({ body: EXACT }));
  const asked = preview.now();
  preview.cancel();
  await asked;
  equal(preview.last.state, "cancelled");
});
