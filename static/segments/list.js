// Tries a change of a list without leaving the page, so that a chosen file stays chosen.

const form = document.querySelector(".segment-list");
const OUTCOME = "[data-list-outcome]";

function outcome() {
  return form.querySelector(OUTCOME);
}

function show(page) {
  outcome().replaceChildren(...page.querySelector(OUTCOME).childNodes);
  outcome().querySelector("[data-list-file-again]")?.remove();
}

async function tryIt(button) {
  button.disabled = true;
  outcome().replaceChildren();
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // What is wrong with the form itself, or that nobody is logged in any more, takes a whole page.
    const isWrong = page.querySelector(".segment-list .errors, .segment-list > .errorlist");
    if (!answer.ok || answer.redirected || isWrong || !page.querySelector(OUTCOME)) form.submit();
    else show(page);
  } catch {
    form.submit();
  } finally {
    button.disabled = false;
  }
}

form?.addEventListener("submit", (event) => {
  if (!event.submitter?.hasAttribute("data-list-try")) return;
  event.preventDefault();
  tryIt(event.submitter);
});

// What was tried is no longer what would be done.
form?.addEventListener("input", () => outcome().replaceChildren());
