// Shows of a form the fields that the chosen type of content has; the others are not sent.

const chosen = document.getElementById("id_content_type");

function show() {
  const uses = JSON.parse(chosen.dataset.uses);
  const used = uses[chosen.value] ?? [];
  for (const field of new Set(Object.values(uses).flat())) {
    const row = document.querySelector(`.form-row.field-${field}`);
    if (!row) continue;
    // What is wrong is never hidden.
    const isOut = !used.includes(field) && !row.querySelector(".errorlist");
    row.toggleAttribute("data-unused", isOut);
    for (const input of row.querySelectorAll("input, select, textarea")) input.disabled = isOut;
  }
}

if (chosen) {
  chosen.addEventListener("change", show);
  show();
}
