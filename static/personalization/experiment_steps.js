// The steps of a new experiment: after each choice the server computes them again.

const form = document.getElementById("steps");
const note = document.getElementById("steps-note");
let asked = 0;

// An answer to what was chosen before is not shown; the focus stays on what was pressed.
async function compute() {
  const number = ++asked;
  const body = document.getElementById("steps-body");
  const values = new URLSearchParams(new FormData(form));
  values.delete("csrfmiddlewaretoken");
  body.ariaBusy = "true";
  try {
    const answer = await fetch(`${location.pathname}?${values}`);
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (number !== asked) return;
    note.textContent = "";
    const focused = document.activeElement?.id;
    const name = document.getElementById("id_name").value;
    body.replaceChildren(...page.getElementById("steps-body").childNodes);
    document.getElementById("id_name").value = name;
    if (focused) document.getElementById(focused)?.focus();
    prepare();
  } catch {
    if (number === asked) note.textContent = form.dataset.failed;
  } finally {
    if (number === asked) body.ariaBusy = "false";
  }
}

// Without a script the button computes.
function prepare() {
  form.querySelector("[data-compute]").hidden = true;
}

form.addEventListener("change", (event) => {
  if (!["weeks", "name", "size"].includes(event.target.name)) compute();
});
prepare();
