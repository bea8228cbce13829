// A text field with a list of options that typing searches.

import { h } from "./dom.js";
import { say } from "./words.js";

let last = 0;

// `search(text)` gives [group label, options] pairs, at once or later. With `free` any text will do,
// given to `type`; `eager`: Enter takes the first option; `taken`: it did; `enter`: there was
// none to take, with whether Escape came before: the text is meant as it is. `local(text)` gives
// what can be found at once, for those who type on.
export class Combobox {
  constructor({
    label, text = "", search, pick, free, eager = !free, type, enter, taken, local, wait = 0, least = 0,
    key, placeholder,
  }) {
    Object.assign(this, { search, pick, free, eager, type, enter, taken, local, wait, least, text });
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
      input: () => {
        this.asIs = false;
        if (free) type(this.input.value);
        this.#look(this.input.value, wait);
      },
      keydown: (event) => this.#press(event),
      blur: () => this.#leave(),
    });
    this.element = h("div", { class: "sb-combo" }, this.input, this.list);
  }

  get isOpen() {
    return !this.list.hidden;
  }

  close() {
    clearTimeout(this.timer);
    this.asked = null;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #look(text, wait = 0) {
    clearTimeout(this.timer);
    const asked = (this.asked = {});
    if (text.trim().length < this.least) return this.close();
    const show = async () => {
      const groups = await this.search(text.trim());
      if (this.asked !== asked || !this.input.isConnected) return;
      this.asked = null;
      this.#show(groups);
    };
    if (!wait) return show();
    this.timer = setTimeout(show, wait);
    return null;
  }

  #show(groups) {
    this.options = groups.flatMap(([, options]) => options);
    if (!this.options.length && !this.eager) return this.close();
    let index = 0;
    const item = (option) => h("div", {
      role: "option", id: `${this.list.id}-${index++}`, class: "sb-option", "aria-selected": "false",
      click: () => this.#choose(option),
    }, option.label);
    this.list.replaceChildren(
      ...groups.map(([label, options]) => (label
        ? h("div", { role: "group", "aria-label": label },
          h("div", { class: "sb-family", "aria-hidden": "true" }, label), options.map(item))
        : h("div", { role: "presentation" }, options.map(item)))),
      ...(this.options.length
        ? []
        : [h("div", { role: "option", "aria-disabled": "true", class: "sb-none" }, say("nothing_found"))]),
    );
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.#mark(this.eager ? 0 : -1);
    this.list.scrollIntoView({ block: "nearest" });
    return null;
  }

  #mark(index) {
    const items = [...this.list.querySelectorAll("[id]")];
    this.active = Math.min(index, items.length - 1);
    for (const [i, element] of items.entries()) element.setAttribute("aria-selected", String(i === this.active));
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
    // Of what has been typed, not of a list that is some letters behind.
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

  #leave() {
    this.close();
    this.asIs = false;
    if (!this.free) this.input.value = this.text;
  }
}

const NO_WORD = /[^\p{L}\p{N}]+/u;

// A text's words, each with its parts: “log-in” is found as “log in”, “log-in” and “login”.
const wordsOf = (text) => text.toLocaleLowerCase().split(/[\s'’()]+/).filter(Boolean)
  .map((word) => ({ whole: word.split(NO_WORD).join(""), parts: word.split(NO_WORD).filter(Boolean) }));

// Options in which every word of `text` begins a word, best fits first.
export function filtered(groups, text) {
  const wanted = wordsOf(text);
  const fits = (words) => {
    const begins = (part) => words.some((one) => one.startsWith(part));
    return wanted.every(({ whole, parts }) => begins(whole) || parts.every(begins));
  };
  const split = (words) => wordsOf(words).flatMap(({ whole, parts }) => [whole, ...parts]);
  const ranked = groups.flatMap(([label, options]) => {
    const named = options.filter((option) => fits(split(option.label)));
    const others = options.filter((option) =>
      !named.includes(option) && fits(split(`${label} ${option.label} ${option.words}`)));
    return [[label, [...named, ...others], named.length ? 0 : 1]];
  });
  return ranked.filter(([, options]) => options.length).sort((a, b) => a[2] - b[2]);
}
