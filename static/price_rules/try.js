// Shows the page “Try a cart” of a rule beside the rule's form, by the stored version of the rule.

const aside = document.querySelector("[data-try-at]");

class Failure extends Error {} // Its message is the kind of the text that is shown.

async function load(address) {
  let response;
  let text;
  try {
    response = await fetch(address);
    text = await response.text();
  } catch {
    throw new Failure("unreachable");
  }
  if (response.redirected) throw new Failure("logged-out");
  if (!response.ok) throw new Failure("refused");
  const content = new DOMParser().parseFromString(text, "text/html").querySelector("[data-try]");
  if (!content) throw new Failure("refused");
  return content;
}

if (aside) {
  const page = new URL(aside.dataset.tryAt, location.href);
  const place = aside.querySelector("[data-try-place]");
  const failure = aside.querySelector("[data-try-failure]");

  // Sends the cart that stands in the form, or asks for the first one. What was typed stays when a
  // request fails.
  const show = async () => {
    const form = place.querySelector("form");
    aside.setAttribute("aria-busy", "true");
    try {
      const address = form ? `${page.pathname}?${new URLSearchParams(new FormData(form))}` : page;
      place.replaceChildren(await load(address));
      failure.hidden = true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const kind = form ? error.message : "not-shown";
      for (const text of failure.querySelectorAll("[data-kind]")) text.hidden = text.dataset.kind !== kind;
      failure.hidden = false;
    } finally {
      aside.removeAttribute("aria-busy");
      aside.hidden = false;
    }
  };
  const showAndGoThere = async () => {
    await show();
    if (failure.hidden) place.querySelector(".price-verdict, .errorlist")?.focus();
  };

  aside.addEventListener("submit", (event) => {
    event.preventDefault();
    showAndGoThere();
  });
  failure.querySelector("button").addEventListener("click", showAndGoThere);
  show();
}
