// Says things in the reader's language; the texts come with the page.

let texts = {};
const language = document.documentElement.lang || "en";
const plural = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 4 });
const shares = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
const regions = new Intl.DisplayNames([language], { type: "region", fallback: "none" });

export function learn(dictionary) {
  texts = dictionary;
}

// A text with plural forms holds one for each of some sample numbers; `values.count` chooses.
function template(key, values) {
  const text = texts[key] ?? key;
  if (typeof text === "string") return text;
  const form = plural.select(values.count);
  return text[Object.keys(text).find((sample) => plural.select(+sample) === form)] ?? text[100];
}

export function say(key, values = {}) {
  return template(key, values).replace(/%\((\w+)\)s/g, (_, name) =>
    typeof values[name] === "number" ? numbers.format(values[name]) : values[name]);
}

// The text as a list of strings, with elements standing in the places of its names.
export function sayWith(key, elements) {
  return template(key, {}).split(/%\((\w+)\)s/).map((part, i) => (i % 2 ? elements[part] : part));
}

export const number = (value) => numbers.format(value);
export const share = (value) => shares.format(value);

export function day(date) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(date);
}

export function moment(text, timeZone) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", timeZone }).format(new Date(text));
}

// What a country's code stands for; "" where it is none.
export function country(code) {
  try {
    // Codes of former countries go by their successors' names and are left out.
    return (/^[A-Z]{2}$/.test(code) && new Intl.Locale(`und-${code}`).region === code && regions.of(code)) || "";
  } catch {
    return "";
  }
}

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

// The codes of countries whose name has `text` in it.
export function countries(text) {
  const wanted = text.trim().toLocaleLowerCase(language);
  return LETTERS.flatMap((a) => LETTERS.map((b) => a + b))
    .map((code) => [code, country(code)])
    .filter(([, name]) => name && name.toLocaleLowerCase(language).includes(wanted));
}
