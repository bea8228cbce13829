// A list of many choices is searched: of those that are not chosen it shows what fits, and no more
// than can be looked over.

const FEW = 12;
const SHOWN = 50;

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function narrow(choices, text) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { row, input, says } of choices) {
    const fits = words.every((word) => says.includes(word)) && (input.checked || shown < SHOWN);
    row.hidden = !fits && !input.checked;
    if (fits && !input.checked) shown += 1;
  }
}

function search(list) {
  const choices = [...list.children].map((row) =>
    ({ row, input: row.querySelector("input"), says: folded(row.textContent) }));
  if (choices.length <= FEW) return;
  const field = document.createElement("input");
  const { search: label } = choices[0].input.dataset;
  Object.assign(field, { type: "search", className: "choices-search", placeholder: label, ariaLabel: label });
  field.autocomplete = "off";
  field.addEventListener("input", (event) => {
    event.stopPropagation(); // No part of the form.
    narrow(choices, field.value);
  });
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  // What is chosen stands first.
  list.prepend(...choices.filter(({ input }) => input.checked).map(({ row }) => row));
  const box = document.createElement("div");
  box.className = "choices-box";
  list.replaceWith(box);
  list.classList.add("choices-scroll");
  box.append(field, list);
  narrow(choices, "");
}

for (const list of document.querySelectorAll("div.choices-searched")) search(list);
