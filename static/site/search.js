// Search or go to: a box over the page, opened by its field or link, or Ctrl K. It shows the results of
// the page of the search, so that what is open stays as it is. Without this script both lead there.

const PAUSE = 200;
const box = document.getElementById("go-to");
const field = box?.querySelector("input");
const results = box?.querySelector("[data-search-results]");
let asked;
let timer;
let shown = ""; // What the results are of.

function open() {
  if (!box.open) box.showModal();
  field.select();
}

async function search() {
  const typed = field.value;
  asked?.abort();
  asked = new AbortController();
  box.setAttribute("aria-busy", "true");
  try {
    const address = `${field.form.action}?${new URLSearchParams({ q: typed })}`;
    const response = await fetch(address, { signal: asked.signal });
    if (!response.ok || response.redirected) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    results.replaceChildren(...page.querySelector("main [data-search-results]").childNodes);
    shown = typed;
  } catch (error) {
    if (error.name === "AbortError") return; // A newer search is under way.
    results.replaceChildren(); // Enter asks for the page, which says what is wrong.
    shown = "";
  }
  box.removeAttribute("aria-busy");
}

if (box) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-go-to]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("[popover]:popover-open")?.hidePopover();
    open();
  });
  // What is typed into the field of the menu goes on in the box.
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-go-to]") || !event.target.value) return;
    field.value = event.target.value;
    event.target.value = "";
    open();
    field.setSelectionRange(field.value.length, field.value.length);
    field.dispatchEvent(new Event("input"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    open();
  });
  box.addEventListener("click", (event) => event.target === box && box.close());
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
  });
  field.form.addEventListener("submit", (event) => {
    const first = results.querySelector("a");
    if (!first || shown !== field.value) return; // The page finds it.
    event.preventDefault();
    location.assign(first.href);
  });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [field, ...results.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement) + step;
    stops[(at + stops.length) % stops.length].focus();
  });
}
