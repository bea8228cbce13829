// Fills the list below an input with values of the shop that fit what is being typed.

import { call } from "../segments/builder/api.js";

const PAUSE = 200;

function equip(input) {
  const { values, attribute } = input.dataset;
  const list = document.getElementById(input.getAttribute("list"));
  let waiting;

  async function look() {
    const q = input.value.trim();
    const found = q ? await call("GET", `${values}?${new URLSearchParams({ attribute, q })}`) : [];
    if (q !== input.value.trim()) return;
    list.replaceChildren(...found.map(({ value, label }) => {
      const option = document.createElement("option");
      option.value = value;
      if (label !== value) option.label = label;
      return option;
    }));
  }

  function wait() {
    clearTimeout(waiting);
    // Who may not ask types without suggestions.
    waiting = setTimeout(() => look().catch(() => input.removeEventListener("input", wait)), PAUSE);
  }

  input.addEventListener("input", wait);
}

for (const input of document.querySelectorAll("input[data-values]")) equip(input);
