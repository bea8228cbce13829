// Values to choose from, and what they are called.

import { call } from "./api.js";
import { say } from "./words.js";

const MOST_ASKED = 5000;
const MOST_COUNTED = 50;
const LONGEST = 1000;
const MOST_PIECES = 5;

const fold = (text) => text.trim().toLocaleLowerCase();

export class Suggestions {
  labels = new Map();
  unknown = new Set();
  busy = null;

  constructor(address, language, more) {
    Object.assign(this, { address, language, ...more });
    for (const { code, choices } of Object.values(language.attributes)) {
      for (const { value, label } of choices?.options ?? []) this.labels.set(`${code} ${value}`, label);
    }
  }

  label(attribute, value) {
    const country = this.language.isCountry(attribute) && this.language.countries[value];
    return country ? `${country} (${value})` : this.labels.get(`${attribute} ${value}`) ?? String(value);
  }

  hasList(attribute) {
    return Boolean(this.language.isCountry(attribute) || this.language.attributes[attribute]?.choices);
  }

  #options(attribute) {
    if (this.language.isCountry(attribute)) {
      return Object.entries(this.language.countries).map(([value, label]) => ({ value, label }));
    }
    const choices = this.language.attributes[attribute]?.choices;
    return choices && !choices.lazy ? choices.options : null;
  }

  isUnknown(attribute, value) {
    if (!this.hasList(attribute) || typeof value !== "string") return false;
    const same = this.language.isCountry(attribute) ? fold : String;
    const options = this.#options(attribute);
    if (!options) return this.unknown.has(`${attribute} ${value}`);
    return !options.some((one) => same(one.value) === same(value));
  }

  unknownOf(node) {
    return [node.value].flat().filter((value) => value && this.isUnknown(this.language.valued(node), value));
  }

  #named(attribute) {
    const options = this.#options(attribute);
    return options && new Map(["label", "value"].flatMap((key) => options.map((one) => [fold(one[key]), one.value])));
  }

  exact(attribute, text) {
    return this.#named(attribute)?.get(fold(text));
  }

  async known(attribute, texts) {
    const values = this.#named(attribute);
    if (values) {
      return new Map(texts.map((text) => [text, values.get(fold(text))]).filter(([, value]) => value !== undefined));
    }
    const asked = texts.filter((text) => text.length <= LONGEST).slice(0, MOST_ASKED);
    const reply = await call("POST", this.address, { body: { attribute, texts: asked } }).catch(() => null);
    if (!reply) return new Map();
    for (const text of texts) this.unknown.add(`${attribute} ${text}`);
    for (const { value, label } of reply) {
      this.unknown.delete(`${attribute} ${value}`);
      if (label !== value) this.labels.set(`${attribute} ${value}`, label);
    }
    return new Map(reply.map(({ text, value }) => [text, value]));
  }

  // The values that a text means. Known ones keep their commas.
  async meant(attribute, text) {
    const lines = text.split(/[\n\r\t;]+/).map((line) => line.split(","));
    const join = (parts, from, to) => parts.slice(from, to).join(",").trim();
    const asked = new Set();
    for (const parts of lines) {
      for (const from of parts.keys()) {
        const least = from + (this.hasList(attribute) ? 1 : 2);
        const most = Math.min(from + MOST_PIECES, parts.length);
        for (let to = least; to <= most; to++) asked.add(join(parts, from, to));
      }
    }
    asked.delete("");
    const known = attribute && asked.size ? await this.known(attribute, [...asked]) : new Map();
    const values = [];
    for (const parts of lines) {
      for (let from = 0; from < parts.length;) {
        let to = Math.min(from + MOST_PIECES, parts.length);
        while (to > from + 1 && !known.has(join(parts, from, to))) to--;
        const one = join(parts, from, to);
        values.push(known.get(one) ?? one);
        from = to;
      }
    }
    return values.filter(Boolean);
  }

  async counts(attribute, values) {
    if (!this.counted || !attribute) return new Map();
    const body = { attribute, values: values.slice(0, MOST_COUNTED), ...this.scope() };
    const reply = await call("POST", this.counted, { body }).catch(() => []);
    return new Map(reply.map(({ value, count }) => [value, say("customers", { count })]));
  }

  // Nothing is saved before `work` is done.
  during(work) {
    const busy = (this.busy = work.finally(() => { if (this.busy === busy) this.busy = null; }));
    return busy;
  }

  local(attribute, text) {
    const wanted = fold(text);
    const options = this.#options(attribute)?.filter(({ value, label }) => fold(`${value} ${label}`).includes(wanted));
    return options && this.#sorted(attribute, options, text);
  }

  async find(attribute, text) {
    const local = this.local(attribute, text);
    if (local && !this.language.isCountry(attribute)) return local;
    const found = await call("GET", `${this.address}?${new URLSearchParams({ attribute, q: text })}`).catch(() => []);
    if (!local) return this.#sorted(attribute, found, text);
    const here = found.map(({ value }) =>
      local.find((one) => one.value === value) ?? { value, label: this.label(attribute, value) });
    return [...new Set(text ? [...local, ...here] : [...here, ...local])];
  }

  #sorted(attribute, options, text) {
    const wanted = fold(text);
    const isMeant = ({ value, label }) => fold(value) === wanted || fold(label) === wanted;
    const rank = (option) => 2 * isMeant(option) + fold(option.label).startsWith(wanted);
    const sorted = text ? options.toSorted((one, other) => rank(other) - rank(one)) : options;
    return sorted.slice(0, 300).map(({ value, label, above }) => {
      if (label !== value) this.labels.set(`${attribute} ${value}`, label);
      return { value, above, label: this.label(attribute, value) };
    });
  }

  async learn(tree) {
    await Promise.all([...tree.places()].map(({ node }) => {
      const codes = [node.value].flat().filter((code) => code && typeof code === "string");
      return this.language.choices(node)?.lazy && codes.length && this.known(this.language.valued(node), codes);
    }));
  }
}
