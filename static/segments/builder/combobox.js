// A text field with a list of options that typing searches.

import { fill, h } from "./dom.js";
import { say } from "./words.js";

let last = 0;

// `search(text)` gives [group label, options] pairs, `local(text)` those at once, `count(options)` what
// is said beside each. `free`: any text goes to `type`. `eager`: Enter takes the first option and tells
// `taken`, else `enter`, and whether Escape came before.
export class Combobox {
  constructor({ label, key, placeholder, text = "", free, eager = !free, wait, type, ...more }) {
    Object.assign(this, { text, free, eager, none: "nothing_found", ...more });
    const id = `sb-list-${++last}`;
    this.list = h("div", {
      id, role: "listbox", class: "sb-list", "aria-label": label, hidden: true,
      mousedown: (event) => event.preventDefault(),
    });
    this.input = h("input", {
      type: "text", role: "combobox", class: "sb-combobox", "aria-label": label,
      "aria-controls": id, "aria-autocomplete": "list", "aria-expanded": "false",
      autocomplete: "off", spellcheck: "false", "data-key": key, placeholder, value: text,
      click: () => this.#look(free ? this.input.value : ""),
      focus: () => this.input.select(),
      offer: () => this.#look(""),
      input: () => {
        this.asIs = false;
        if (free) type(this.input.value);
        this.#look(this.input.value, wait);
      },
      keydown: (event) => this.#press(event),
      blur: () => {
        this.close();
        this.asIs = false;
        if (!free) this.input.value = this.text;
      },
    });
    this.element = h("div", { class: "sb-combo" }, this.input, this.list);
  }

  get isOpen() {
    return !this.list.hidden;
  }

  close() {
    this.asked = null;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.ariaExpanded = "false";
    this.input.removeAttribute("aria-activedescendant");
  }

  async #look(text, wait) {
    const asked = (this.asked = {});
    if (wait) await new Promise((resolve) => { setTimeout(resolve, wait); });
    const groups = this.asked === asked && await this.search(text.trim());
    if (this.asked !== asked || !this.input.isConnected) return;
    this.asked = null;
    this.#show(groups);
  }

  #show(groups) {
    this.options = groups.flatMap(([, options]) => options);
    if (!this.options.length && !this.eager) return this.close();
    let index = 0;
    const isAll = !this.input.value || this.input.value === this.text;
    const item = (option) => h("div", {
      role: "option", id: `${this.list.id}-${index++}`, class: "sb-option", "aria-selected": "false",
      "data-depth": isAll && option.above?.length ? Math.min(option.above.length, 5) : null,
      click: () => this.#choose(option),
    },
    h("span", {}, option.label),
    option.above?.length > 0 && !isAll && h("span", { class: "sb-hint" }, option.above.join(" › ")),
    );
    fill(this.list,
      groups.map(([label, options]) => h("div", { role: label ? "group" : "presentation", "aria-label": label || null },
        label && h("div", { class: "sb-family", "aria-hidden": "true" }, label), options.map(item))),
      !this.options.length
        && h("div", { role: "option", "aria-disabled": "true", class: "sb-none" }, say(this.none)),
    );
    this.list.hidden = false;
    this.input.ariaExpanded = "true";
    this.#mark(this.eager && this.input.value !== this.text ? 0 : -1);
    this.list.scrollIntoView({ block: "nearest" });
    this.#tally(this.options);
    return null;
  }

  async #tally(options) {
    if (!this.count || !options.length) return;
    const counts = await this.count(options);
    if (this.options !== options || !this.isOpen) return;
    for (const [index, element] of this.list.querySelectorAll("[id]").entries()) {
      const text = counts.get(options[index].value);
      if (text) element.append(h("span", { class: "sb-option-count" }, text));
    }
  }

  #mark(index) {
    const items = [...this.list.querySelectorAll("[id]")];
    this.active = Math.min(index, items.length - 1);
    for (const [i, element] of items.entries()) element.ariaSelected = String(i === this.active);
    const element = items[this.active];
    if (element) {
      this.input.setAttribute("aria-activedescendant", element.id);
      element.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  #press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !event.altKey) {
      event.preventDefault();
      if (this.isOpen) this.#mark(Math.max(this.active + step, 0));
      else this.#look(this.free ? this.input.value : "");
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#take();
    } else if (event.key === "Escape") {
      this.asIs = true;
      if (!this.isOpen) return;
      event.preventDefault();
      event.stopPropagation();
      this.close();
      if (!this.free) this.input.value = this.text;
    }
  }

  async #take() {
    if (this.asked && this.eager) {
      const here = this.local?.(this.input.value.trim());
      if (here) {
        this.close();
        this.#show([["", here]]);
      } else await this.#look(this.input.value);
      if (this.asked) return;
    }
    const option = this.isOpen && this.options[this.active];
    if (option) {
      this.#choose(option);
      this.taken?.();
    } else if (!this.isOpen || this.free) {
      this.close();
      this.enter?.(this.input.value, this.asIs);
    }
  }

  #choose(option) {
    this.close();
    this.text = this.input.value = option.label;
    this.pick(option);
  }
}

const NO_WORD = /[^\p{L}\p{N}]+/u;

// “log-in” is found as “log in”, “log-in” and “login”.
const wordsOf = (text) => text.toLocaleLowerCase().split(/[\s'’()]+/).filter(Boolean)
  .map((word) => ({ whole: word.split(NO_WORD).join(""), parts: word.split(NO_WORD).filter(Boolean) }));

export function filtered(groups, text) {
  const wanted = wordsOf(text);
  const fits = (words) => {
    const begins = (part) => words.some((one) => one.startsWith(part));
    return wanted.every(({ whole, parts }) => begins(whole) || parts.every(begins));
  };
  const split = (words) => wordsOf(words).flatMap(({ whole, parts }) => [whole, ...parts]);
  const ranked = groups.map(([label, options]) => {
    const named = options.filter((option) => fits(split(option.label)));
    const others = options.filter((option) =>
      !named.includes(option) && fits(split(`${label} ${option.label} ${option.words}`)));
    return [label, [...named, ...others], !named.length];
  });
  return ranked.filter(([, options]) => options.length).sort((a, b) => a[2] - b[2]);
}
