// Keeps the table of one's exports fresh while one of them is under way.

const INTERVAL = 2000;
const LONGEST_INTERVAL = 30000;
let failures = 0;

function cells(page) {
  return [...page.querySelectorAll("[data-exports] td")];
}

async function look() {
  try {
    const response = await fetch(location.href);
    if (!response.ok || response.redirected) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    failures = 0;
    const fresh = cells(page);
    const shown = cells(document);
    // Another one is on top: what stands where has changed.
    if (fresh.length !== shown.length) return;
    shown.forEach((cell, index) => {
      // A button stays the same one, for whoever is about to press it.
      if (cell.textContent !== fresh[index].textContent) cell.replaceChildren(...fresh[index].childNodes);
    });
    if (page.querySelector("[data-export-working]")) setTimeout(look, INTERVAL);
  } catch {
    // The server may be restarting; it is asked less and less often.
    failures += 1;
    setTimeout(look, Math.min(INTERVAL * 2 ** failures, LONGEST_INTERVAL));
  }
}

if (document.querySelector("[data-export-working]")) setTimeout(look, INTERVAL);
