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
