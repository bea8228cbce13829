// Beside the form of a campaign: who would get it as it stands, counted again after each change.
// Its links to a new mail carry along what is typed.

const PAUSE = 500;
const NAMES = [
  "segments", "exclude_segments", "stores", "match", "coupon_rule", "respects_holdout", "send_at",
];
const box = document.querySelector("[data-audience]");
const links = document.querySelectorAll("a[data-write]");
const form = (box ?? links[0])?.closest("form");
let timer;
let asked = 0;

function query() {
  const typed = new FormData(form);
  const found = new URLSearchParams();
  for (const name of NAMES) {
    for (const value of typed.getAll(name)) found.append(name, value);
  }
  return found;
}

// An answer to what was chosen before is not shown.
async function count() {
  const number = ++asked;
  const place = box.querySelector("[data-count]");
  box.ariaBusy = "true";
  try {
    const answer = await fetch(`${box.dataset.audience}?${query()}`);
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (number === asked) place.replaceChildren(...page.body.childNodes);
  } catch {
    if (number === asked) place.textContent = box.dataset.failed;
  } finally {
    if (number === asked) box.ariaBusy = "false";
  }
}

if (box) {
  box.hidden = false;
  form.addEventListener("change", (event) => {
    if (!NAMES.includes(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(count, PAUSE);
  });
  // Only then a browser that comes back has put in what was chosen before.
  addEventListener("pageshow", count);
}

// Whether one of the segments is enough is only asked where there are several.
const match = form?.querySelector(".field-match");
function offerMatch() {
  match.hidden = new FormData(form).getAll("segments").length < 2;
}

if (match) {
  form.addEventListener("change", offerMatch);
  addEventListener("pageshow", offerMatch);
}

function carry(link) {
  const typed = new FormData(form);
  const address = new URL(link.href);
  for (const name of link.dataset.write.split(" ")) {
    const value = typed.getAll(name).join();
    if (value || name === "segments") address.searchParams.set(`for_${name}`, value);
    else address.searchParams.delete(`for_${name}`);
  }
  link.href = address;
}

form?.addEventListener("input", () => links.forEach(carry));
