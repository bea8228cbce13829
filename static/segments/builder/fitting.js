// Keeps what fits another field, operator or figure.

import { settle } from "./ranks.js";
import { childrenOf, isRefused } from "./state.js";
import { keepPeriods } from "./time.js";
import { say } from "./words.js";

export function changeAttribute(language, node, code) {
  const before = language.attributes[node.attribute];
  const attribute = language.attributes[code];
  const hadValue = "value" in node && node.value !== "" && node.value !== null;
  node.attribute = code;
  const keeps = language.operator(node);
  if (!keeps) node.operator = attribute.usual;
  if (!keeps || !fits(language, node, before, attribute)) delete node.value;
  if (!("value" in node)) Object.assign(node, language.begun(node));
  settle(language, node);
  const { label } = attribute;
  if (!keeps) return say("operator_changed", { label });
  const isCleared = hadValue && !("value" in node) && language.operator(node).takes !== "nothing";
  return isCleared ? say("value_cleared", { label }) : "";
}

function fits(language, node, before, after) {
  const kind = (type) => language.types[type].times || type;
  const { value } = node;
  if (!before || value == null || kind(before.type) !== kind(after.type) || value.attribute !== undefined) return false;
  const values = [value].flat();
  if (!language.isNumber(after.type) && values.some(isRefused)) return false;
  if (after.type === "integer") return values.every((one) => /^-?\d+$/.test(one));
  if (!after.choices) return true;
  return !after.choices.lazy && values.every((one) => after.choices.options.some((option) => option.value === one));
}

export function changeOperator(language, node, name) {
  change(language, node, name);
  settle(language, node);
}

function change(language, node, name) {
  const before = language.operator(node)?.takes;
  node.operator = name;
  const { takes, attribute } = language.operator(node);
  const { value } = node;
  const isOne = before === "one" && value != null && (typeof value !== "object" || isRefused(value));
  if (takes === before && (attribute || value?.attribute === undefined)) {
    const isPart = language.isCountry(language.valued(node)) && !language.isSettled(node);
    if (isRefused(value) && isPart) node.value = value.written;
    return;
  }
  if (isOne && takes === "list") node.value = [value];
  else if (isOne && takes === "pair") node.value = [value, ""];
  else if (Array.isArray(value) && takes === "one") [node.value] = value;
  else {
    delete node.value;
    Object.assign(node, language.begun(node));
  }
}

export function changeFigure(language, node, key, value) {
  const type = language.typeOf(node);
  const before = language.valued(node);
  node[key] = value;
  const aggregate = language.aggregates[node.aggregate];
  const figures = aggregate.needs_of ? language.figures(node.relation, aggregate) : [];
  if (!figures.some(({ code }) => code === node.of)) delete node.of;
  if (aggregate.needs_of && !node.of && figures.length === 1) node.of = figures[0].code;
  const now = language.typeOf(node);
  keepPeriods(node, aggregate);
  if (!aggregate.compares) delete node.operator;
  else if (now && !language.operator(node)) node.operator = language.types[now].usual;
  const isAlike = now === type || (language.isNumber(now) && language.isNumber(type));
  // The codes of one attribute are not those of another.
  const isOthers = before !== language.valued(node) && language.choices(node);
  if (!aggregate.compares || !isAlike || isOthers) delete node.value;
  settle(language, node);
  if (!childrenOf(node).length) node.match = "all";
}
