// Asks how many customers each template would choose: those that are seen, one after the other, so
// that nobody else waits for it. What cannot be counted now is left out.

const RETRIES = 5;
const waiting = [];
let isAsking = false;

async function count(place) {
  for (let tries = 0; tries < RETRIES; tries += 1) {
    const response = await fetch(place.dataset.count, { headers: { Accept: "application/json" } });
    if (response.ok && !response.redirected) return (await response.json()).said;
    if (response.status !== 429) break;
    const seconds = Number(response.headers.get("Retry-After")) || 1;
    await new Promise((resume) => setTimeout(resume, seconds * 1000 * 2 ** tries));
  }
  return "";
}

async function work() {
  if (isAsking) return;
  isAsking = true;
  while (waiting.length) {
    const place = waiting.shift();
    try {
      place.textContent = await count(place);
    } catch {
      waiting.length = 0; // The server is not there: it is not asked 40 times.
    }
    place.removeAttribute("aria-busy");
  }
  isAsking = false;
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    target.setAttribute("aria-busy", "true");
    waiting.push(target);
  }
  work();
});

for (const place of document.querySelectorAll("[data-count]")) seen.observe(place);
