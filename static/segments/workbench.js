// The form around the builder: its settings, and keys.

const form = document.querySelector(".workbench").closest("form");
const line = document.querySelector(".workbench-said");

const textOf = (element) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();

function controlsOf(field) {
  return [...form.querySelectorAll(`.workbench-fields .field-${field} :is(input, select, textarea)`)];
}

function wordsOf(controls) {
  const ticks = controls.filter(({ type }) => type === "checkbox");
  const ticked = ticks.filter(({ checked }) => checked).map((box) => textOf(box.closest("label"))).join(", ");
  const words = controls.map((control) => {
    if (control === ticks[0]) return ticked;
    if (control.options) return [...control.selectedOptions].map(textOf).join(", ");
    return control.type === "checkbox" ? "" : control.value;
  });
  return words.filter(Boolean);
}

function isAsked(control) {
  const of = control.closest("[data-of]")?.dataset.of;
  return !of || of.split(" ").includes(form.querySelector(".schedule-every").value);
}

function say(part) {
  const { says, none, around } = part.dataset;
  const controls = controlsOf(says);
  if (!controls.length) return;
  const words = wordsOf(controls.filter(isAsked)).join(" ");
  if (says === "is_active") part.textContent = controls[0].checked ? "" : none;
  else if (!around) part.textContent = words || none;
  else part.textContent = form.elements.refresh_mode.value === "manual" ? none : around.replace("%(when)s", words);
}

const sayAll = () => line.querySelectorAll("[data-says]").forEach(say);

const isWriting = ({ target }) => target.matches("input:not([type=checkbox], [type=submit]), textarea, select");
const isCommand = ({ ctrlKey, metaKey, altKey }) => (ctrlKey || metaKey) && !altKey;

function press(event) {
  if (event.defaultPrevented) return;
  const builder = form.querySelector("segment-builder");
  const key = event.key.toLowerCase();
  if (isCommand(event) && key === "s") {
    event.preventDefault();
    const save = form.querySelector("[name=_save]");
    if (save && !document.querySelector("dialog[open]")) form.requestSubmit(save);
  } else if (!builder || isWriting(event) || document.querySelector("dialog[open]")) {
    return;
  } else if (key === "/" && !isCommand(event)) {
    event.preventDefault();
    [...builder.querySelectorAll(".sb-adding input")].at(-1)?.focus();
  } else if (!builder.contains(event.target) && (key === "?" || (isCommand(event) && key === "z"))) {
    event.preventDefault();
    builder.dispatchEvent(new KeyboardEvent("keydown", event));
  }
}

// The bar stands on a keyboard that covers the page.
function lift() {
  const { height, offsetTop } = visualViewport;
  document.documentElement.style.setProperty("--workbench-lift", `${Math.max(0, innerHeight - height - offsetTop)}px`);
}

form.addEventListener("input", sayAll);
form.addEventListener("restored", sayAll, true);
addEventListener("keydown", press);
visualViewport.addEventListener("resize", lift);
visualViewport.addEventListener("scroll", lift);
sayAll();
