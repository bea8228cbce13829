// A menu behind a button.

import { button, fill, h, icon } from "./dom.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export function menu(label, key, items) {
  const list = h("div", { class: "sb-menu" });
  const summary = h("summary", { class: "sb-tool", "data-key": key, "aria-label": label, title: label }, icon("more"));
  const go = (index) => {
    const all = [...list.children];
    all.at(index % all.length)?.focus();
  };
  // What it covers is not met.
  const show = () => {
    if (!details.open || !list.firstChild) fill(list, details.open && items());
    for (let at = details; at.parentElement && !at.matches(".sb-tree"); at = at.parentElement) {
      for (const other of at.parentElement.children) if (other !== at) other.inert = details.open;
    }
  };
  const details = h("details", {
    class: "sb-more",
    toggle: show,
    focusout: ({ relatedTarget }) => { if (!details.contains(relatedTarget)) details.open = false; },
    keydown: (event) => press(event),
  }, summary, list);
  const press = (event) => {
    const step = event.altKey ? 0 : STEPS[event.key];
    if (event.key === "Escape" && details.open) {
      event.stopPropagation();
      details.open = false;
      summary.focus();
    } else if (step) {
      event.preventDefault();
      if (details.open) go([...list.children].indexOf(document.activeElement) + step);
      else {
        details.open = true;
        show();
        go(step > 0 ? 0 : -1);
      }
    }
  };
  return details;
}

export const item = (label, act, disabled) => button(label, act, { "aria-disabled": disabled && "true" });
