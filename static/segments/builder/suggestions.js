// Values to choose from: those of the registry, those that the site finds, and what they are called.

import { call } from "./api.js";
import { childrenOf, isCondition } from "./state.js";
import { countries, country } from "./words.js";

export const isCountry = (code) => /(^|[._])country$/.test(code);

export class Suggestions {
  labels = new Map();

  constructor(address, language) {
    this.address = address;
    this.language = language;
    for (const { code, choices } of Object.values(language.attributes)) {
      for (const { value, label } of choices?.options ?? []) this.labels.set(`${code} ${value}`, label);
    }
  }

  label(attribute, value) {
    const label = this.labels.get(`${attribute} ${value}`) ?? String(value);
    return isCountry(attribute) && label === value && country(value) ? `${country(value)} (${value})` : label;
  }

  // Options whose value or label has `text` in it; those that are not in the registry come from
  // the site, twenty at most.
  async find(attribute, text) {
    const { choices } = this.language.attributes[attribute] ?? {};
    const wanted = text.toLocaleLowerCase();
    let found = choices && !choices.lazy && choices.options.filter(({ value, label }) => `${value} ${label}`.toLocaleLowerCase().includes(wanted));
    if (!found) {
      const query = new URLSearchParams({ attribute, q: text });
      found = await call("GET", `${this.address}?${query}`).catch(() => []);
      if (isCountry(attribute) && text.length > 1) {
        const known = found.map(({ value }) => value);
        found = [...countries(text).filter(([code]) => !known.includes(code)).map(([value]) => ({ value, label: value })), ...found];
      }
    }
    return found.slice(0, 200).map(({ value, label }) => {
      if (label !== value) this.labels.set(`${attribute} ${value}`, label);
      const shown = this.label(attribute, value);
      return { value, label: shown, hint: shown.includes(value) ? "" : value };
    });
  }

  // Asks what the codes in a tree are called that the registry does not list; true if any is new.
  async learn(root) {
    const wanted = [];
    const look = (node) => {
      const choices = isCondition(node) && this.language.attributes[node.attribute]?.choices;
      const codes = [node.value].flat().filter((value) => typeof value === "string" && value);
      if (choices?.lazy) wanted.push(...codes.slice(0, 20).map((code) => [node.attribute, code]));
      childrenOf(node).forEach(look);
    };
    look(root);
    const before = this.labels.size;
    await Promise.all(wanted.filter(([attribute, code]) => !this.labels.has(`${attribute} ${code}`))
      .map(([attribute, code]) => this.find(attribute, code)));
    return this.labels.size > before;
  }
}
