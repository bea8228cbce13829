// Tests of the menu behind a button.

import { h } from "/static/segments/builder/dom.js";
import { item, menu } from "/static/segments/builder/menu.js";
import { press, stage, texts } from "/tests/page.js";
import { equal, test } from "/tests/unit.js";

function opened() {
  const told = [];
  const details = menu("More", "n1:more", () => [
    item("Up", () => told.push("up"), true), false, item("Down", () => told.push("down")),
  ]);
  const other = h("button", {}, "other");
  stage(h("div", { class: "sb-tree" }, details, other));
  const summary = details.querySelector("summary");
  summary.focus();
  press(summary, "ArrowDown");
  return { told, details, summary, other };
}

test("an arrow opens it, and arrows go round in it", () => {
  const { details } = opened();
  equal(texts(details, "button"), ["Up", "Down"]);
  equal(document.activeElement.textContent, "Up");
  press(document.activeElement, "ArrowUp");
  equal(document.activeElement.textContent, "Down");
  press(document.activeElement, "ArrowDown");
  equal(document.activeElement.textContent, "Up");
});

test("what cannot be done now says so, what can is done", () => {
  const { told, details } = opened();
  const [up, down] = details.querySelectorAll("button");
  equal([up.ariaDisabled, down.ariaDisabled], ["true", null]);
  down.click();
  equal(told, ["down"]);
});

test("Escape closes it; what lies under it is out of reach while it is open", () => {
  const { details, summary, other } = opened();
  equal(other.inert, true);
  press(document.activeElement, "Escape");
  details.dispatchEvent(new Event("toggle"));
  equal([details.open, document.activeElement === summary, other.inert], [false, true, false]);
  equal(texts(details, "button"), []);
});
