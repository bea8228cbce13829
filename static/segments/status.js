// Keeps the state on top of a segment's pages fresh while a refresh is under way.

const INTERVAL = 2000;
const place = document.querySelector("[data-segment-working='true']");

function show(name, text) {
  const element = document.querySelector(`[data-segment='${name}']`);
  if (element) element.textContent = text;
}

async function look() {
  const response = await fetch(place.dataset.segmentStatus, { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  const state = await response.json();
  show("badge", `${state.icon} ${state.status}`);
  show("members", state.members);
  show("refreshed_at", state.refreshed_at);
  show("error", state.error);
  if (state.is_working) setTimeout(look, INTERVAL);
}

if (place) setTimeout(look, INTERVAL);
