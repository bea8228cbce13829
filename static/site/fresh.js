// Keeps marked parts of a page fresh while work that they show is under way: those with
// `data-fresh`, and a list of the admin, as long as something in them says `data-working`;
// "now" is figures that the server computes when it is asked for them by this script. A page with
// `data-reload` is loaded again when the work is done, since more than those parts changes.

const PARTS = "[data-fresh], #result_list";
const WORKING = "[data-working]";
const INTERVAL = 2000;
const LONGEST_INTERVAL = 30000;
let interval = INTERVAL;

// Where rows have come or gone a part is taken as a whole, unless somebody is in it.
function refresh(part, fresh) {
  const cells = cellsOf(part);
  const now = cellsOf(fresh);
  if (cells.length !== now.length) {
    if (part.contains(document.activeElement) && part !== document.activeElement) return false;
    part.replaceChildren(...fresh.childNodes);
    return true;
  }
  // A button stays the same one, for whoever is about to press it.
  let isChanged = false;
  cells.forEach((cell, index) => {
    if (said(cell) === said(now[index])) return;
    cell.replaceChildren(...now[index].childNodes);
    isChanged = true;
  });
  return isChanged;
}

function cellsOf(part) {
  const cells = [...part.querySelectorAll("th, td")];
  return cells.length ? cells : [part];
}

function said(cell) {
  return `${cell.textContent} ${cell.querySelector("progress")?.value}`;
}

// What was said when it was asked for is over.
function forget() {
  for (const said of document.querySelectorAll(".messagelist .site-until-done")) {
    const list = said.parentElement;
    said.remove();
    if (!list.children.length) list.remove();
  }
}

async function look() {
  try {
    const response = await fetch(location.href);
    if (!response.ok || response.redirected) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const parts = [...document.querySelectorAll(PARTS)];
    const fresh = [...page.querySelectorAll(PARTS)];
    // Asked before what says so has moved from there to here.
    const isWorking = page.querySelector(WORKING) !== null;
    if (isReloaded && (!isWorking || parts.length !== fresh.length)) {
      // Not while somebody is in a field or on a link.
      if (document.activeElement === document.body) location.reload();
      else setTimeout(look, interval);
      return;
    }
    if (parts.length !== fresh.length) return;
    const changes = parts.map((part, index) => refresh(part, fresh[index]));
    // What does not move is looked at less and less often.
    interval = changes.includes(true) ? INTERVAL : Math.min(interval * 1.2, LONGEST_INTERVAL);
    if (isWorking) setTimeout(look, interval);
    else forget();
  } catch {
    // The server may be restarting.
    interval = Math.min(interval * 2, LONGEST_INTERVAL);
    setTimeout(look, interval);
  }
}

const isReloaded = document.querySelector("[data-reload]") !== null;
const working = document.querySelector(WORKING);
if (working) setTimeout(look, working.dataset.working === "now" ? 0 : interval);
else forget();
