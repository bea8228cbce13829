// Shows the page “Try a cart” of a rule beside the rule's form, by the stored version of the rule.

const aside = document.querySelector("[data-try-at]");

class Failure extends Error {} // Its message is the kind of the text that is shown.

async function load(address) {
  const response = await fetch(address).catch(() => { throw new Failure("unreachable"); });
  if (response.redirected) throw new Failure("logged-out");
  if (!response.ok) throw new Failure("refused");
  const content = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-try]");
  if (!content) throw new Failure("refused");
  return content;
}

if (aside) {
  const page = new URL(aside.dataset.tryAt, location.href);
  const place = aside.querySelector("[data-try-place]");
  const failure = aside.querySelector("[data-try-failure]");
  let last = page;

  // What was typed stays when a request fails.
  const show = async (address) => {
    last = address;
    aside.setAttribute("aria-busy", "true");
    try {
      place.replaceChildren(await load(address));
      failure.hidden = true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      for (const text of failure.querySelectorAll("[data-kind]")) text.hidden = text.dataset.kind !== error.message;
      failure.hidden = false;
    }
    aside.removeAttribute("aria-busy");
    aside.hidden = false;
  };

  aside.addEventListener("submit", async (event) => {
    event.preventDefault();
    await show(`${page.pathname}?${new URLSearchParams(new FormData(event.target))}`);
    if (failure.hidden) place.querySelector(".price-verdict, .errorlist")?.focus();
  });
  failure.querySelector("button").addEventListener("click", () => show(last));
  show(page);
}
