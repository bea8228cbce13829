// Rows of inputs in a form: added, moved and taken away by buttons, which keys reach as well.

function equip(box) {
  const list = box.querySelector(".form-rows-list");
  const blank = box.querySelector("template");
  const add = box.querySelector("[data-add]");
  const rows = () => [...list.children];
  const inputs = (row) => [...row.querySelectorAll("input, select")];
  const isEmpty = (row) => inputs(row).every((one) => !one.value.trim());

  function number() {
    rows().forEach((row, index) => {
      for (const one of row.querySelectorAll("[data-label]")) one.ariaLabel = `${one.dataset.label} ${index + 1}`;
      row.querySelector(".form-rows-tools").hidden = false;
      row.querySelector('[data-move="-1"]').disabled = index === 0;
      row.querySelector('[data-move="1"]').disabled = index === list.children.length - 1;
    });
  }

  let made = 0;
  function append() {
    const row = blank.content.firstElementChild.cloneNode(true);
    made += 1;
    for (const one of inputs(row)) one.id = `${one.id}_${made}`;
    list.append(row);
    number();
    return row;
  }

  // The button adds rows: what stood ready for those without a script goes.
  for (const row of rows().slice(1).reverse()) if (isEmpty(row)) row.remove();
  number();
  add.hidden = false;
  add.addEventListener("click", () => inputs(append())[0].focus());
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest(".form-rows-row");
    if (!row) return;
    if (button.matches("[data-remove]")) {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      number();
      if (next) inputs(next)[0].focus();
      else add.focus();
    } else if (button.dataset.move === "-1") {
      row.previousElementSibling?.before(row);
    } else {
      row.nextElementSibling?.after(row);
    }
    number();
    if (row.isConnected) (button.disabled ? inputs(row)[0] : button).focus();
    list.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

for (const box of document.querySelectorAll("[data-rows]")) equip(box);
