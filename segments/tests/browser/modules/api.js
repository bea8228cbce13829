// Tests of what is asked of the site, and of what it refuses.

import { call } from "/static/segments/builder/api.js";
import { h } from "/static/segments/builder/dom.js";
import { site, stage } from "/tests/page.js";
import { equal, test } from "/tests/unit.js";

const refusal = () => call("GET", "/").then(() => null, ({ message, status, wait }) => ({ message, status, wait }));

test("a question is sent with the form's token, and the answer is given", async () => {
  stage(h("input", { name: "csrfmiddlewaretoken", value: "secret" }));
  const asked = site(() => ({ body: { count: 3 } }));
  equal(await call("POST", "/count/", { body: { all: true } }), { count: 3 });
  const [{ method, address, headers, body }] = asked;
  equal([method, address, headers["X-CSRFToken"], body], ["POST", "/count/", "secret", { all: true }]);
});

test("an answer without words is none", async () => {
  site(() => ({ status: 204 }));
  equal(await call("DELETE", "/"), null);
});

test("a refusal tells what the site says, else its number", async () => {
  site(() => ({ status: 400, body: { errors: [{ message: "One." }, { message: "Two." }] } }));
  equal(await refusal(), { message: "One. Two.", status: 400, wait: 1 });
  site(() => ({ status: 429, headers: { "Retry-After": "7" }, body: { detail: "Wait." } }));
  equal(await refusal(), { message: "Wait.", status: 429, wait: 7 });
  site(() => ({ status: 500, body: "<h1>no JSON" }));
  equal(await refusal(), { message: "500", status: 500, wait: 1 });
});
