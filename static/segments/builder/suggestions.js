// Values to choose from, and what they are called.

import { call } from "./api.js";

export const isCountry = (code) => /[._]country$/.test(code);

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
    const country = isCountry(attribute) && this.language.countries[value];
    return country ? `${country} (${value})` : label;
  }

  async find(attribute, text) {
    const choices = this.language.choices({ attribute });
    const wanted = text.toLocaleLowerCase();
    let found = choices && !choices.lazy && choices.options.filter(({ value, label }) => `${value} ${label}`.toLocaleLowerCase().includes(wanted));
    if (!found) {
      const query = new URLSearchParams({ attribute, q: text });
      found = await call("GET", `${this.address}?${query}`).catch(() => []);
      if (isCountry(attribute)) found = [...new Set([...this.language.countriesLike(text), ...found.map(({ value }) => value)])].map((value) => ({ value, label: value }));
    }
    const begins = ({ label }) => label.toLocaleLowerCase().startsWith(wanted);
    return found.slice(0, 200).map(({ value, label }) => {
      if (label !== value) this.labels.set(`${attribute} ${value}`, label);
      return { value, label: this.label(attribute, value) };
    }).sort((a, b) => begins(b) - begins(a));
  }

  // Asks what codes in the tree are called.
  async learn(tree) {
    const lazy = [...tree.places()].filter(({ node }) => this.language.choices(node)?.lazy);
    await Promise.all(lazy.flatMap(({ node: { attribute, value } }) =>
      [value].flat().slice(0, 20).filter((code) => typeof code === "string").map((code) => this.find(attribute, code))));
  }
}
