// Shows of a variant's form what the chosen audience uses.

const SEGMENTS = ["is", "is_not", "is_one_of", "is_not_one_of"];
const USES = { segment_codes: SEGMENTS, live: SEGMENTS, conditions: ["conditions"] };
const chosen = document.getElementById("id_audience_kind");

function show() {
  for (const [field, values] of Object.entries(USES)) {
    const row = document.querySelector(`.form-row.field-${field}`);
    // What is wrong is never hidden.
    row?.toggleAttribute("data-unused", !values.includes(chosen.value) && !row.querySelector(".errorlist"));
  }
}

if (chosen) {
  chosen.addEventListener("change", show);
  show();
}
