// Tests of elements: text is never markup, and what is false is not there.

import { button, h, released, select } from "/static/segments/builder/dom.js";
import { equal, test } from "/tests/unit.js";

test("text is text, whatever stands in it", () => {
  const element = h("p", { title: "<b>" }, "<script>1</script>", [["a", null], undefined, "", 0]);
  equal([element.textContent, element.title, element.children.length], ["<script>1</script>a0", "<b>", 0]);
});

test("an attribute that is true stands alone, one that is false or nothing is left out", () => {
  equal(h("input", { disabled: true, hidden: false, name: null, id: undefined, "data-n": 0 }).outerHTML,
    '<input disabled="" data-n="0">');
});

test("a function listens, and a value is the field's own", () => {
  let pressed = 0;
  const one = button("Save", () => { pressed += 1; });
  one.click();
  equal([pressed, one.type, one.textContent], [1, "button", "Save"]);
  equal(h("input", { value: "x" }).value, "x");
});

test("options stand in their groups, and the chosen one is chosen", () => {
  let chosen = "";
  const element = select([["a", "A"], ["Group", [["b", "B"]]]], "b", (value) => { chosen = value; });
  equal([element.value, element.querySelector("optgroup").label], ["b", "Group"]);
  element.value = "a";
  element.dispatchEvent(new Event("change"));
  equal(chosen, "a");
});

test("nothing waits where nothing is pressed", () => {
  equal(released(), null);
});
