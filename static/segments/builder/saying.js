// A sentence becomes the tree; what is not understood is asked.

import { call } from "./api.js";
import { button, fill, h } from "./dom.js";
import { language, listed, say } from "./words.js";

const WAIT = 400;
const LONGEST = 1000;

// Positions count characters.
export function pieces(text, unread) {
  const letters = [...text];
  const found = [];
  let at = 0;
  for (const one of [...unread].sort((a, b) => a.from - b.from)) {
    if (one.from > at) found.push({ text: letters.slice(at, one.from).join("") });
    found.push({ text: letters.slice(one.from, one.to).join(""), unread: one });
    at = one.to;
  }
  if (at < letters.length) found.push({ text: letters.slice(at).join("") });
  return found;
}

export const replaced = (text, { from, to }, offer) => [...text].toSpliced(from, to - from, offer).join("");

export class Saying {
  #reply = null;
  #taken = null;
  #left = new Set();

  constructor({ address, take, tell }) {
    Object.assign(this, { address, take, tell });
    const label = say("say_it");
    this.said = h("div", { class: "sb-said", id: "sb-said" });
    this.input = h("input", {
      type: "text", id: "sb-say", class: "sb-say-input", maxlength: LONGEST, autocomplete: "off",
      placeholder: say("say_example"), "aria-describedby": "sb-said", "aria-keyshortcuts": "Enter",
      input: () => this.#typed(),
      keydown: (event) => this.#press(event),
    });
    this.element = h("div", { class: "sb-say", role: "group", "aria-label": label },
      h("label", { for: "sb-say" }, label),
      h("div", { class: "sb-say-line" },
        this.input, button(say("say_build"), () => this.#enter(), { class: "button" })),
      this.said);
  }

  get missing() {
    if (!this.input.value.trim()) return "";
    if (this.#taken === null) return say("say_not_taken");
    const parts = listed(this.#unread().map(({ text }) => text));
    return parts && say("say_unread", { parts });
  }

  focus() {
    this.said.dataset.missing = this.missing;
    (this.said.querySelector("button") ?? this.input).focus();
  }

  #unread() {
    return (this.#reply?.unread ?? []).filter((one) => !this.#left.has(one));
  }

  #typed() {
    this.#forget();
    if (this.input.value.trim()) this.timer = setTimeout(() => this.#read(), WAIT);
  }

  #forget() {
    clearTimeout(this.timer);
    this.control?.abort();
    this.#reply = this.#taken = null;
    this.#left.clear();
    this.said.replaceChildren();
    this.said.dataset.missing = "";
  }

  #press(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      this.#enter();
    } else if (event.key === "Escape" && this.input.value) {
      event.stopPropagation();
      this.input.value = "";
      this.#forget();
    }
  }

  async #enter() {
    if (!this.input.value.trim()) return;
    if (this.#reply || await this.#read()) this.#choose(0);
  }

  async #read() {
    this.#forget();
    const control = (this.control = new AbortController());
    try {
      const body = { text: this.input.value, language };
      const reply = await call("POST", this.address, { body, signal: control.signal });
      if (control.signal.aborted) return false;
      this.#reply = reply;
      this.#draw();
      return true;
    } catch (error) {
      if (control.signal.aborted) return false;
      fill(this.said, h("p", { class: "sb-problem" }, say("failed", { error: error.message })));
      this.tell(error.message);
      return false;
    }
  }

  #choose(index) {
    const reading = this.#reply.readings[index];
    if (!reading) {
      this.tell(say("say_nothing"));
      return;
    }
    this.#taken = index;
    this.take(reading.conditions);
    this.#draw();
    this.tell([say("say_taken", { sentence: reading.sentence }), this.missing].join(" ").trim());
  }

  #draw() {
    const { readings, unread } = this.#reply;
    const focused = this.said.contains(document.activeElement);
    fill(this.said,
      unread.length > 0 && [this.#marked(unread), this.#unread().map((one) => this.#asked(one))],
      readings.length ? (readings.length > 1 || this.#taken === null) && this.#offered(readings)
        : h("p", {}, say("say_nothing")));
    if (focused) this.focus();
  }

  #marked(unread) {
    return h("p", { class: "sb-said-text" }, pieces(this.input.value, unread).map((piece) => {
      if (!piece.unread) return piece.text;
      return this.#left.has(piece.unread) ? h("s", {}, piece.text) : h("mark", { class: "sb-unread" }, piece.text);
    }));
  }

  #asked(one) {
    const offers = one.offers.map((offer) => button(offer, () => this.#replace(one, offer), { class: "sb-quiet" }));
    const leave = button(say("say_leave"), () => this.#leave(one), {
      class: "sb-link", "aria-label": say("say_leave_part", { text: one.text }),
    });
    const text = say(offers.length ? "say_meant" : "say_unknown", { text: one.text });
    return h("div", { class: "sb-said-part", role: "group", "aria-label": text }, h("span", {}, text), offers, leave);
  }

  #offered(readings) {
    const parts = listed(this.#reply.unread.map(({ text }) => text));
    const partly = this.#taken === null ? "say_partly" : "say_partly_taken";
    const title = say(parts ? partly : readings.length > 1 ? "say_several" : "say_understood", { parts });
    const all = readings.map(({ sentence }) => sentence.split(" "));
    const marked = (word) => all.every((words) => words.includes(word)) ? word : h("strong", {}, word);
    return h("div", { class: "sb-said-readings", role: "group", "aria-label": title }, h("span", {}, title),
      all.map((words, index) => button(words.map((word) => [marked(word), " "]), () => this.#choose(index), {
        class: "sb-quiet sb-reading", "aria-pressed": String(this.#taken === index),
      })));
  }

  async #replace(one, offer) {
    const wasTaken = this.#taken !== null;
    this.input.value = replaced(this.input.value, one, offer);
    this.input.focus();
    if (await this.#read() && wasTaken) this.#choose(0);
  }

  #leave(one) {
    this.#left.add(one);
    this.#draw();
    this.tell(this.missing || say("say_left", { text: one.text }));
  }
}
