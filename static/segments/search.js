// Searches as one types: the page of the search is fetched and its parts take the place of those
// that are shown. The box itself stays, with what is written in it.

const PAUSE = 250;
const PARTS = ["#changelist-form", "#changelist-filter", "[data-list-part]"];
const box = document.getElementById("searchbar");
let asked;
let timer;

function address() {
  const here = new URL(location.href);
  for (const page of ["p", "all"]) here.searchParams.delete(page);
  here.searchParams.set("q", box.value);
  if (!box.value) here.searchParams.delete("q");
  return here;
}

function replace(page) {
  for (const part of PARTS) {
    const shown = document.querySelector(part);
    const found = page.querySelector(part);
    if (shown && found) shown.replaceChildren(...found.childNodes);
  }
  // Django's script knows the boxes that were there before.
  const boxes = document.querySelectorAll("tr input.action-select");
  if (boxes.length) globalThis.Actions?.(boxes);
}

async function search() {
  const wanted = address();
  asked?.abort();
  asked = new AbortController();
  const list = document.getElementById("changelist-form");
  list.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(wanted, { signal: asked.signal });
    if (!response.ok || response.redirected) throw new Error(response.statusText);
    const text = await response.text();
    replace(new DOMParser().parseFromString(text, "text/html"));
    history.replaceState(null, "", wanted);
    list.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name === "AbortError") return; // A newer search is under way.
    list.removeAttribute("aria-busy");
  }
}

box?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, PAUSE);
});
// Enter asks for the page as a whole, now.
box?.form.addEventListener("submit", () => {
  clearTimeout(timer);
  asked?.abort();
});
