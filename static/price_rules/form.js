// Shows of a rule's form what its action, coupon and question about segments use.

const USES = {
  action: {
    value: ["percent", "fixed_each", "fixed_cart"],
    max_quantity: ["percent", "fixed_each"],
    buy: ["buy_x_get_y"],
    get: ["buy_x_get_y"],
    max_discount: ["percent", "fixed_each", "fixed_cart", "buy_x_get_y"],
  },
  coupon: {
    coupon_code: ["specific"],
    new_codes: ["generated"],
    uses_total: ["specific", "generated"],
    uses_per_customer: ["specific", "generated"],
  },
  segment_operator: { segment_codes: ["is", "is_not", "is_one_of", "is_not_one_of"] },
};

for (const [name, fields] of Object.entries(USES)) {
  const chosen = document.getElementById(`id_${name}`);
  if (!chosen) continue;
  const show = () => {
    for (const [field, values] of Object.entries(fields)) {
      const row = document.querySelector(`.form-row.field-${field}`);
      // What is wrong is never hidden.
      row?.toggleAttribute("data-unused", !values.includes(chosen.value) && !row.querySelector(".errorlist"));
    }
  };
  chosen.addEventListener("change", show);
  show();
}

// The unit of a number that depends on the action.
const action = document.getElementById("id_action");
for (const unit of document.querySelectorAll("[data-units]:not([data-units=''])")) {
  const units = JSON.parse(unit.dataset.units);
  const show = () => { unit.textContent = units[action.value] ?? unit.textContent; };
  action?.addEventListener("change", show);
  if (action) show();
}

// How many members the chosen segments have, at the number of codes to make for them.
const codes = document.getElementById("id_new_codes");
const members = codes && JSON.parse(codes.dataset.members ?? "null");
if (members) {
  const note = document.createElement("p");
  note.className = "segment-quiet";
  note.setAttribute("role", "status");
  codes.after(note);
  const show = () => {
    const marks = [...document.querySelectorAll("[name=segment_codes]:checked")];
    const chosen = marks.map(({ value }) => members[value] ?? 0);
    const isFor = ["is", "is_one_of"].includes(document.getElementById("id_segment_operator")?.value);
    const text = chosen.length > 1 ? codes.dataset.several : codes.dataset.oneSegment;
    const number = chosen.reduce((sum, count) => sum + count, 0).toLocaleString(document.documentElement.lang);
    note.textContent = isFor && chosen.length ? text.replace("{number}", number) : "";
  };
  document.querySelector("form:has(#id_new_codes)")?.addEventListener("change", show);
  show();
}
