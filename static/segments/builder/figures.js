// Reads numbers as people write them; what means two is refused.

import { language } from "./words.js";

const mark = (type) => new Intl.NumberFormat(language).formatToParts(12345.6).find((part) => part.type === type)?.value;
const POINT = mark("decimal");
const GROUP = mark("group");
const GROUPS = ["", ",", "\\.", "['’]", "[ \\u00a0\\u2009\\u202f]"];

export const spelled = (value) => String(value ?? "").replace(".", POINT);

export const apart = (value) => spelled(value).replace(/\d+/, (digits) => digits.replace(/\B(?=(\d{3})+$)/g, "\u202f"));

// `whole`: takes no decimals; `integer`: a JSON number where it has none.
export function read(text, { whole, integer = whole, unit } = {}) {
  const [, minus, body] = /^([-−+]?)(.*)$/s.exec(bare(text.trim(), unit));
  if (!body) return { value: "" };
  const found = readings(body);
  const all = [...found.values()];
  const meant = all.length < 2 ? all[0] : all.find(({ group }) => group === GROUP);
  if (!found.size) return { refused: "figure_none" };
  if (!meant) return unclear([...found.keys()]);
  const { digits, decimals } = meant;
  if (digits.length > 14) return { refused: "figure_long" };
  if (whole && decimals) return { refused: "figure_whole" };
  if (decimals.length > 4) return { refused: "figure_decimals" };
  const value = `${/[-−]/.test(minus) ? "-" : ""}${digits}${decimals && `.${decimals}`}`;
  return { value: integer && !decimals ? Number(value) : value };
}

export function readMany(text, options) {
  return text.split(/[\n\r\t;]+|,\s+/).map((piece) => piece.trim()).filter(Boolean).flatMap((piece) => {
    const one = { text: piece, ...read(piece, options) };
    const parts = piece.split(/,| +/);
    if (parts.length < 2 || !parts.every((part) => /^-?(0|[1-9]\d*)(\.\d+)?$/.test(part))) return one;
    if (one.refused === "figure_none") return parts.map((part) => ({ text: part, ...read(part, options) }));
    const isDecimal = POINT === "," && /^[^, ]*,[^, ]*$/.test(piece) && one.refused !== "figure_unclear";
    return isDecimal ? one : { text: piece, refused: "figure_several" };
  });
}

function bare(text, unit) {
  for (const word of unit ? [unit, sign(unit)] : []) {
    const pattern = word.replace(/[^\p{L}\p{N}]/gu, "\\$&");
    const rest = text.replace(RegExp(`^([-−+]?)\\s*${pattern}\\s*|\\s*${pattern}$`, "i"), "$1");
    if (rest !== text) return rest;
  }
  return text;
}

function sign(unit) {
  try {
    const style = { style: "currency", currency: unit, currencyDisplay: "narrowSymbol" };
    return new Intl.NumberFormat(language, style).formatToParts(0)
      .find(({ type }) => type === "currency").value;
  } catch {
    return unit;
  }
}

function readings(body) {
  const found = new Map();
  for (const group of GROUPS) {
    const whole = group ? `[1-9]\\d{0,2}(${group})\\d{3}(?:\\2\\d{3})*` : "\\d*()";
    for (const point of [",", "\\."].filter((one) => one !== group)) {
      const match = RegExp(`^(${whole})(?:${point}(\\d*))?$`).exec(body);
      if (!match || !/\d/.test(body)) continue;
      const digits = match[1].replace(/\D/g, "").replace(/^0+(?=\d)/, "") || "0";
      const decimals = match[3] ?? "";
      found.set(`${digits}.${decimals.replace(/0+$/, "")}`, { digits, decimals, group: match[2] });
    }
  }
  return found;
}

// Three decimals look like thousands.
function unclear(values) {
  const [small, large] = values.sort((a, b) => a - b).map((value) =>
    spelled(value.replace(/\.$/, "").replace(/(\.\d{3})$/, "$10")));
  return { refused: "figure_unclear", small, large };
}
