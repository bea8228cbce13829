// The steps of a new experiment: after each choice the server computes them again.

const form = document.getElementById("steps");
const note = document.getElementById("steps-note");
let isComputing = false;
let isStale = false;

// The server computes one at a time: what was chosen meanwhile is asked after the answer.
async function compute() {
  isStale = true;
  if (isComputing) return;
  isComputing = true;
  const body = document.getElementById("steps-body");
  body.ariaBusy = "true";
  try {
    while (isStale) {
      isStale = false;
      const values = new URLSearchParams(new FormData(form));
      values.delete("csrfmiddlewaretoken");
      const answer = await fetch(`${location.pathname}?${values}`);
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!isStale) show(body, page.getElementById("steps-body"));
    }
    note.textContent = "";
  } catch {
    note.textContent = form.dataset.failed;
  } finally {
    isComputing = false;
    body.ariaBusy = "false";
  }
}

// What was entered while the answer was under way stays, and so does the focus.
function show(body, answer) {
  const focused = document.activeElement?.id;
  const entered = ["id_name", "id_size"].map((id) => [id, document.getElementById(id).value]);
  const weeks = form.querySelector("[name=weeks]:checked")?.id;
  body.replaceChildren(...answer.childNodes);
  for (const [id, value] of entered) document.getElementById(id).value = value;
  const again = weeks && document.getElementById(weeks);
  if (again && !again.disabled) again.checked = true;
  if (focused) document.getElementById(focused)?.focus();
  prepare();
}

// The button is for pages without a script, and for what could not be computed.
function prepare() {
  form.querySelector("[data-compute]").hidden = !form.querySelector("[data-problem]");
}

form.addEventListener("change", (event) => {
  if (!["weeks", "name", "size"].includes(event.target.name)) compute();
});
prepare();
