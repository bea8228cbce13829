// Of an experiment's form: equal weights, and how many customers it needs.

const MOST = 5;
const WHOLE = 10000;
const form = document.getElementById("power-form");
const said = document.getElementById("power-said");
const take = document.getElementById("power-take");
const size = document.getElementById("id_planned_size");

function field(place, part) {
  return document.getElementById(`id_variant_${place}_${part}`);
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
