// Keeps the state on top of a segment's pages fresh while a refresh is under way.

const INTERVAL = 1000;
const LONGEST_INTERVAL = 30000;
const place = document.querySelector("[data-segment-working='true']");
let failures = 0;

function show(name, text) {
  const element = document.querySelector(`[data-segment='${name}']`);
  if (element && element.textContent !== text) element.textContent = text;
}

// Parts that are there only where there is something to say.
function showParts(state) {
  for (const part of document.querySelectorAll("[data-segment-where]")) part.hidden = !state[part.dataset.segmentWhere];
}

// What was said when the refresh was asked for is over.
function forget() {
  for (const said of document.querySelectorAll(".messagelist .segment-until-refreshed")) {
    const list = said.parentElement;
    said.remove();
    if (!list.children.length) list.remove();
  }
}

function showProgress(state) {
  const box = document.querySelector("[data-segment-progress]");
  const bar = document.querySelector("[data-segment-bar]");
  box.hidden = !state.is_working;
  if (state.total) {
    bar.max = state.total;
    bar.value = state.done;
  } else {
    bar.removeAttribute("value");
  }
}

async function look() {
  try {
    const response = await fetch(place.dataset.segmentStatus, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) throw new Error(response.statusText);
    const state = await response.json();
    failures = 0;
    show("badge", `${state.icon} ${state.status}`);
    for (const name of ["members", "refreshed_at", "stale", "cost", "error", "phase", "rows", "elapsed"]) {
      show(name, state[name]);
    }
    showParts(state);
    showProgress(state);
    if (state.is_working) setTimeout(look, INTERVAL);
    else {
      show("mailable", state.mailable);
      forget();
    }
  } catch {
    // The server may be restarting; it is asked less and less often.
    failures += 1;
    setTimeout(look, Math.min(INTERVAL * 2 ** failures, LONGEST_INTERVAL));
  }
}

if (place) setTimeout(look, INTERVAL);
