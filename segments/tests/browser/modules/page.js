// A page for what is drawn, and a site that answers as it is told.

import { h } from "/static/segments/builder/dom.js";
import { learn } from "/static/segments/builder/words.js";

// Nothing is said but the names of texts, unless `dictionary` has them.
export function stage(elements, dictionary = {}) {
  learn(dictionary);
  sessionStorage.clear();
  const icons = h("template", { id: "sb-icons" });
  const names = ["fold", "more", "remove", "undo", "redo", "yes"];
  icons.content.append(...names.map((name) => h("i", { "data-icon": name })));
  document.body.replaceChildren(icons, ...[elements].flat());
}

// Gives what is asked of it from now on; `answer(question)` gives { status, headers, body }.
export function site(answer) {
  const asked = [];
  globalThis.fetch = async (address, { method, headers, body, signal }) => {
    const question = { method, address, headers, signal, body: body && JSON.parse(body) };
    asked.push(question);
    const { status = 200, headers: told, body: reply } = await answer(question);
    const text = typeof reply === "string" ? reply : JSON.stringify(reply);
    return new Response(status === 204 ? null : text, { status, headers: told });
  };
  return asked;
}

export const after = (milliseconds = 0) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

export function type(input, text) {
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

export function choose(select, value) {
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

// Gives whether somebody took it.
export const press = (element, key, more = {}) =>
  !element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));

export const texts = (element, selector) => [...element.querySelectorAll(selector)].map((one) => one.textContent);
