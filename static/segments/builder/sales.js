// What members buy, and how many can be mailed.

import { h } from "./dom.js";
import { money, number, say, share } from "./words.js";

const NAMES = ["sales", "average_order", "orders", "mailable"];
const MONEY = NAMES.slice(0, 2);

export class Sales {
  constructor(currency) {
    this.currency = currency;
    this.element = h("dl", { class: "sb-figures", "aria-busy": "true" });
  }

  show(found) {
    if (this.isAsSaved && found) this.saved = found;
    const known = NAMES.filter((name) => found?.[name] != null);
    this.element.replaceChildren(...known.map((name) => h("div", { "data-figure": name },
      h("dt", {}, say(name)), h("dd", {}, this.#said(name, found), this.#difference(name, found)))));
    this.element.ariaBusy = "false";
  }

  wait() {
    this.element.ariaBusy = "true";
  }

  #said(name, found) {
    const text = this.#value(name, found[name]);
    return name === "mailable" && found.customers ? `${text} (${share(found.mailable / found.customers)})` : text;
  }

  #value(name, value) {
    return MONEY.includes(name) ? money(value, this.currency) : number(value);
  }

  #difference(name, found) {
    if (!this.saved) return "";
    const difference = (Math.round(found[name] * 100) - Math.round(this.saved[name] * 100)) / 100;
    const text = this.#value(name, Math.abs(difference));
    if (text === this.#value(name, 0)) return "";
    const sign = difference > 0 ? "+" : "−";
    return h("span", { class: "sb-difference" }, ` ${sign}${text}`,
      h("span", { class: "sb-visually-hidden" }, ` ${say("than_saved")}`));
  }
}
