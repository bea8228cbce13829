// Shows the page “Try a cart” of a rule beside the rule's form, by the stored version of the rule.

const place = document.querySelector("[data-try-at]");

async function show(address) {
  place.setAttribute("aria-busy", "true");
  const response = await fetch(address);
  if (!response.ok || response.redirected) throw new Error(response.statusText);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  place.replaceChildren(page.querySelector("[data-try]"));
  place.removeAttribute("aria-busy");
  place.hidden = false;
}

if (place) {
  const page = new URL(place.dataset.tryAt, location.href);
  place.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await show(`${page.pathname}?${new URLSearchParams(new FormData(event.target))}`);
      place.querySelector(".price-verdict, .errorlist")?.focus();
    } catch {
      // The page itself says what is wrong.
      event.target.action = page.pathname;
      event.target.submit();
    }
  });
  // The tab “Try a cart” is still there.
  show(page).catch(() => place.remove());
}
