// Tests of what is kept of a form that was not saved.

import { h } from "/static/segments/builder/dom.js";
import { Draft } from "/static/segments/builder/draft.js";
import { stage } from "/tests/page.js";
import { equal, test } from "/tests/unit.js";

function begun() {
  const state = h("p", { "data-workbench": "state" }, "Saved");
  stage(state);
  const form = { isDirty: true };
  return { form, state, draft: new Draft(() => form.isDirty) };
}

test("what differs is kept and said, what is as it was is dropped", () => {
  const { form, state, draft } = begun();
  draft.keep({ match: "all" }, [["name", "VIP"]]);
  const { json, fields } = draft.found();
  equal([json, fields], [{ match: "all" }, [["name", "VIP"]]]);
  equal([state.textContent, "dirty" in state.dataset], ["not_saved", true]);
  form.isDirty = false;
  draft.keep({ match: "all" }, []);
  equal([draft.found(), state.textContent, "dirty" in state.dataset], [null, "Saved", false]);
});

test("what was sent is not offered to whoever comes by a link", () => {
  const { form, draft } = begun();
  draft.keep({ match: "all" }, []);
  draft.sent();
  equal([draft.found(), sessionStorage.length], [null, 0]);
  form.isDirty = false;
});

test("leaving is asked about while something is neither saved nor sent", () => {
  const page = new EventTarget();
  const listen = globalThis.addEventListener;
  globalThis.addEventListener = (...how) => page.addEventListener(...how);
  const { form, draft } = begun();
  globalThis.addEventListener = listen;
  const isAsked = () => !page.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  equal(isAsked(), true);
  form.isDirty = false;
  equal(isAsked(), false);
  form.isDirty = true;
  draft.sent();
  equal(isAsked(), false);
});
