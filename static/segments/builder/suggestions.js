// Values to choose from, and what they are called.

import { call } from "./api.js";

// What the API is asked about at once.
const MOST = 5000;
const TEXT = 1000;
// Into how many pieces commas may cut one known value.
const LONGEST = 5;

const fold = (text) => text.trim().toLocaleLowerCase();

export class Suggestions {
  labels = new Map();
  unknown = new Set();
  busy = null;

  constructor(address, language) {
    this.address = address;
    this.language = language;
    for (const { code, choices } of Object.values(language.attributes)) {
      for (const { value, label } of choices?.options ?? []) this.labels.set(`${code} ${value}`, label);
    }
  }

  label(attribute, value) {
    const country = this.language.isCountry(attribute) && this.language.countries[value];
    return country ? `${country} (${value})` : this.labels.get(`${attribute} ${value}`) ?? String(value);
  }

  // Is it known which values there are?
  hasList(attribute) {
    return Boolean(attribute) && (this.language.isCountry(attribute) || Boolean(this.language.choicesOf(attribute)));
  }

  // All of its values, where they are here.
  #options(attribute) {
    if (this.language.isCountry(attribute)) {
      return Object.entries(this.language.countries).map(([value, label]) => ({ value, label }));
    }
    const choices = this.language.choicesOf(attribute);
    return choices && !choices.lazy ? choices.options : null;
  }

  isUnknown(attribute, value) {
    if (!this.hasList(attribute) || typeof value !== "string") return false;
    const same = this.language.isCountry(attribute) ? fold : String;
    const options = this.#options(attribute);
    if (!options) return this.unknown.has(`${attribute} ${value}`);
    return !options.some((one) => same(one.value) === same(value));
  }

  // Where all values are here: each under its code and its name.
  #named(attribute) {
    const options = this.#options(attribute);
    return options && new Map(["label", "value"].flatMap((key) => options.map((one) => [fold(one[key]), one.value])));
  }

  // The value with this code or name; undefined where there is none, or not all of them are here.
  exact(attribute, text) {
    return this.#named(attribute)?.get(fold(text));
  }

  // The values of those of `texts` that are known, by their code or their name.
  async known(attribute, texts) {
    const values = this.#named(attribute);
    if (values) {
      return new Map(texts.filter((text) => values.has(fold(text))).map((text) => [text, values.get(fold(text))]));
    }
    const asked = texts.filter((text) => text.length <= TEXT).slice(0, MOST);
    const reply = await call("POST", this.address, { body: { attribute, texts: asked } }).catch(() => null);
    if (!reply) return new Map();
    for (const text of texts) this.unknown.add(`${attribute} ${text}`);
    for (const { value, label } of reply) {
      this.unknown.delete(`${attribute} ${value}`);
      if (label !== value) this.labels.set(`${attribute} ${value}`, label);
    }
    return new Map(reply.map(({ text, value }) => [text, value]));
  }

  // The values that a text of one or of many means. What is known stays whole, with its commas.
  async meant(attribute, text) {
    const lines = text.split(/[\n\r\t;]+/).map((line) => line.split(","));
    const join = (parts, from, to) => parts.slice(from, to).join(",").trim();
    const asked = new Set();
    for (const parts of lines) {
      for (const from of parts.keys()) {
        const least = from + (this.hasList(attribute) ? 1 : 2);
        const most = Math.min(from + LONGEST, parts.length);
        for (let to = least; to <= most; to++) asked.add(join(parts, from, to));
      }
    }
    asked.delete("");
    const known = attribute && asked.size ? await this.known(attribute, [...asked]) : new Map();
    const values = [];
    for (const parts of lines) {
      for (let from = 0; from < parts.length;) {
        let to = Math.min(from + LONGEST, parts.length);
        while (to > from + 1 && !known.has(join(parts, from, to))) to--;
        const one = join(parts, from, to);
        values.push(known.get(one) ?? one);
        from = to;
      }
    }
    return values.filter(Boolean);
  }

  // Remembers work whose end nothing may be saved before.
  during(work) {
    const busy = (this.busy = work.finally(() => { if (this.busy === busy) this.busy = null; }));
    return busy;
  }

  // Fitting values, as far as all of them are here; null where the site is to be asked.
  local(attribute, text) {
    const wanted = fold(text);
    const options = this.#options(attribute)?.filter(({ value, label }) => fold(`${value} ${label}`).includes(wanted));
    return options ? this.#sorted(attribute, options, text) : null;
  }

  async find(attribute, text) {
    const local = this.local(attribute, text);
    if (local && !this.language.isCountry(attribute)) return local;
    const found = await call("GET", `${this.address}?${new URLSearchParams({ attribute, q: text })}`).catch(() => []);
    if (!local) return this.#sorted(attribute, found, text);
    return [...local, ...found.filter(({ value }) => !local.some((one) => one.value === value))];
  }

  // First what is called so, then what begins so.
  #sorted(attribute, options, text) {
    const wanted = fold(text);
    const isMeant = (option) => [option.value, option.label].some((name) => fold(name) === wanted);
    const rank = (option) => 2 * isMeant(option) + fold(option.label).startsWith(wanted);
    return options.slice().sort((one, other) => rank(other) - rank(one)).slice(0, 200).map(({ value, label }) => {
      if (label !== value) this.labels.set(`${attribute} ${value}`, label);
      return { value, label: this.label(attribute, value) };
    });
  }

  // Asks what codes in the tree are called.
  async learn(tree) {
    const lazy = [...tree.places()].filter(({ node }) => this.language.choices(node)?.lazy);
    await Promise.all(lazy.map(({ node }) => {
      const attribute = this.language.valued(node);
      const codes = [node.value].flat().filter((code) => code && typeof code === "string");
      return codes.length ? this.known(attribute, codes) : null;
    }));
  }
}
