// Steps in the form of a sequence: a button adds them, where without a script some stand ready.

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
