// Steps in the form of a sequence: a button adds them, where without a script some stand ready.
// Links to a new mail or price rule lead back to what is typed.

const box = document.querySelector("[data-steps]");
const list = box?.querySelector(".mail-steps");
const total = box?.querySelector('[name="steps-TOTAL_FORMS"]');

function count() {
  total.value = list.children.length;
}

function add() {
  const row = box.querySelector("template").content.firstElementChild.cloneNode(true);
  const place = list.children.length;
  for (const one of row.querySelectorAll("[id], [name], [for]")) {
    for (const name of ["id", "name", "for"]) {
      const said = one.getAttribute(name);
      if (said) one.setAttribute(name, said.replace("__prefix__", place));
    }
  }
  const last = list.lastElementChild?.querySelector("[data-number]").textContent;
  row.querySelector("[data-number]").textContent = Number(last ?? 0) + 1;
  list.append(row);
  count();
  row.querySelector('input:not([type="hidden"])').focus();
}

if (box) {
  // One to begin with stays.
  while (list.children.length > 1 && list.lastElementChild.matches("[data-spare]")) {
    list.lastElementChild.remove();
  }
  count();
  const button = box.querySelector("[data-add]");
  button.hidden = false;
  button.addEventListener("click", add);
}

const links = document.querySelectorAll("a[data-carry]");
const form = links[0]?.closest("form");

function carry() {
  const typed = new URLSearchParams();
  for (const one of form.elements) {
    if (!one.name || ["hidden", "submit", "button", "fieldset"].includes(one.type)) continue;
    if (one.type === "radio" && !one.checked) continue;
    const isMark = one.type === "checkbox";
    typed.set(one.name, isMark ? (one.checked ? "on" : "") : one.value);
  }
  for (const link of links) {
    const address = new URL(link.href);
    address.searchParams.set("next", `${location.pathname}?${typed}`);
    link.href = address;
  }
}

for (const name of ["input", "change"]) form?.addEventListener(name, carry);
