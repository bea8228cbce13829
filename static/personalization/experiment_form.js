// Of an experiment's form: what concerns its kind, what its placement can show, equal weights, how
// many customers it needs.

const MOST = document.querySelectorAll("[id^=id_variant_][id$=_code]").length;
const WHOLE = 10000;
const form = document.getElementById("power-form");
const said = document.getElementById("power-said");
const take = document.getElementById("power-take");
const size = document.getElementById("id_planned_size");
const placement = document.getElementById("id_placement");

function field(place, part) {
  return document.getElementById(`id_variant_${place}_${part}`);
}

// Variants of another placement are not offered, but where one is chosen already.
function narrow() {
  const own = `variant:${placement.selectedOptions[0].textContent.trim()}/`;
  for (const group of document.querySelectorAll(".experiment-arms optgroup")) {
    const first = group.querySelector("option").value;
    const isOther = placement.value && first.startsWith("variant:") && !first.startsWith(own);
    group.hidden = Boolean(isOther) && !group.querySelector("option:checked");
    group.disabled = group.hidden;
  }
}

// What concerns another kind is not shown; what is wrong is never hidden.
function showKind() {
  const chosen = document.querySelector("input[name=kind]:checked")?.value;
  for (const [kind, names] of Object.entries(JSON.parse(form.dataset.kinds))) {
    for (const name of names) {
      const box = document.querySelector(`.fieldBox.field-${name}, .form-row.field-${name}:not(:has(.fieldBox))`);
      box?.toggleAttribute("data-unused", kind !== chosen && !box.querySelector(".errorlist"));
    }
  }
}

function share() {
  const used = [...Array(MOST).keys()].filter((place) => field(place, "code").value.trim());
  const each = Math.floor(WHOLE / used.length);
  const point = (0.5).toLocaleString(document.documentElement.lang).replace(/\d/g, "");
  used.forEach((place, index) => {
    const parts = each + (index < WHOLE % used.length ? 1 : 0);
    field(place, "weight").value = String(parts / 100).replace(".", point);
  });
}

async function compute(event) {
  event.preventDefault();
  said.textContent = "";
  take.hidden = true;
  try {
    const asked = new URLSearchParams(new FormData(form));
    const answer = await fetch(`${form.action}?${asked}`, { headers: { Accept: "application/json" } });
    const found = await answer.json();
    said.textContent = found.said || found.wrong.join(" ");
    take.hidden = found.size === null;
    take.value = found.size ?? "";
  } catch {
    said.textContent = form.dataset.failed;
  }
}

if (size && form) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: form.dataset.equal });
  button.addEventListener("click", share);
  const line = document.createElement("p");
  line.className = "experience-said";
  line.append(button);
  document.querySelector(".experiment-arms > .form-row:last-of-type").after(line);
  form.addEventListener("submit", compute);
  take.addEventListener("click", () => {
    size.value = take.value;
    size.focus();
  });
}

if (placement?.selectedOptions) {
  placement.addEventListener("change", narrow);
  narrow();
}

const kinds = document.querySelectorAll("input[name=kind]");
for (const one of kinds) one.addEventListener("change", showKind);
if (kinds.length) showKind();
