// Says things in the reader's language.

let texts = {};
export const language = document.documentElement.lang || "en";
const plural = new Intl.PluralRules(language);

export const number = new Intl.NumberFormat(language, { maximumFractionDigits: 4 }).format;
export const day = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format;
export const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format;

export function learn(dictionary) {
  texts = dictionary;
}

// Plural forms: {sample number: text}; `values.count` chooses.
function template(key, values) {
  const text = texts[key] ?? key;
  if (typeof text === "string") return text;
  const form = plural.select(values.count);
  return text[Object.keys(text).find((sample) => plural.select(+sample) === form)] ?? text[100];
}

export function say(key, values = {}) {
  return template(key, values).replace(/%\((\w+)\)s/g, (_, name) =>
    typeof values[name] === "number" ? number(values[name]) : values[name]);
}

export const quoted = (text) => say("quoted", { text });
export const listed = (texts) => texts.map(quoted).join(", ");

export const marks = ({ id }, part, name) =>
  ({ "aria-label": say(`${part}_of`, { name }), "data-key": `${id}:${part}` });

export function sayWith(key, elements) {
  return template(key, {}).split(/%\((\w+)\)s/).map((part, i) => (i % 2 ? elements[part] : part));
}

export function money(value, currency) {
  const style = { style: "currency", currency, trailingZeroDisplay: "stripIfInteger" };
  return new Intl.NumberFormat(language, style).format(value);
}

export function moment(text, timeZone) {
  const at = new Date(text);
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  const day = at.toLocaleDateString(language, { year, month: "short", day: "numeric", timeZone });
  return `${day}, ${at.toLocaleTimeString(language, { timeStyle: "short", hourCycle: "h23", timeZone })}`;
}
