// Beside the form of a template: what the mail looks like while it is being written.

const PAUSE = 600;
const PARTS = ["subject", "preheader", "html", "text", "format"];
const box = document.querySelector("[data-draft]");
const form = box?.closest("form");
const place = box?.querySelector("[data-mail]");
let timer;
let asking = false;
let again = false;
let number = 0;
let width = "desk";

function typed() {
  const said = new FormData();
  for (const name of PARTS) said.set(name, form.elements[name].value);
  said.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  said.set("customer", box.querySelector("[data-customer]")?.value ?? "");
  return said;
}

function tell(found) {
  const lines = [
    ...found.problems.map((text) => ["error", text]),
    ...found.warnings.map((text) => ["warning", text]),
  ];
  box.querySelector("[data-said]").replaceChildren(
    ...lines.map(([kind, text]) =>
      Object.assign(document.createElement("li"), { className: kind, textContent: text })
    ),
  );
}

// A frame of its own each time: one that is led elsewhere would stand in the browser's history.
function show(said) {
  const frame = document.createElement("iframe");
  number += 1;
  frame.name = `mail-draft-${number}`;
  frame.title = box.dataset.title;
  frame.setAttribute("sandbox", "");
  frame.className = `mail-${width}`;
  const old = [...place.children];
  frame.hidden = old.length > 0;
  place.append(frame);
  const sender = Object.assign(document.createElement("form"), {
    method: "post",
    action: box.dataset.frame,
    target: frame.name,
    hidden: true,
  });
  for (const [name, value] of said) {
    // A field for one line would lose the others.
    const field = document.createElement("textarea");
    Object.assign(field, { name, value });
    sender.append(field);
  }
  document.body.append(sender);
  frame.addEventListener("load", () => {
    frame.hidden = false;
    for (const one of old) one.remove();
  });
  sender.submit();
  sender.remove();
}

async function look() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  again = false;
  try {
    const said = typed();
    const answer = await fetch(box.dataset.draft, { method: "POST", body: said });
    if (!answer.ok) throw new Error(answer.status);
    const found = await answer.json();
    tell(found);
    // What was right before stays while something is wrong.
    if (!found.problems.length) {
      box.querySelector("[data-subject]").textContent = found.subject;
      box.querySelector("[data-text]").textContent = found.text;
      show(said);
    }
  } catch {
    tell({ problems: [box.dataset.failed], warnings: [] });
  } finally {
    asking = false;
    if (again) look();
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
}

function choose(event) {
  width = event.currentTarget.dataset.width;
  for (const one of box.querySelectorAll("[data-width]")) {
    one.setAttribute("aria-pressed", String(one.dataset.width === width));
  }
  for (const frame of place.children) frame.className = `mail-${width}`;
}

if (box && form.elements.html) {
  box.hidden = false;
  for (const name of PARTS) form.elements[name].addEventListener("input", later);
  const customer = box.querySelector("[data-customer]");
  customer?.addEventListener("input", later);
  // Enter in this field looks; it does not save.
  customer?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    look();
  });
  for (const one of box.querySelectorAll("[data-width]")) one.addEventListener("click", choose);
  if (form.elements.html.value || form.elements.text.value) look();
}
