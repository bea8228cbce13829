// Draws one thought as one row.

import { Combobox, filtered } from "./combobox.js";
import { h, select, tool, unit } from "./dom.js";
import { changeAttribute, changeFigure, changeOperator } from "./fitting.js";
import { isCondition, isRows, isStep } from "./state.js";
import { step } from "./steps.js";
import { timeControls } from "./time.js";
import { marks, say } from "./words.js";
import { valueControls } from "./values.js";

export function line(on, place) {
  const { node } = place;
  const name = on.name(place);
  if (isCondition(node)) return [attribute(on, place, name), compared(on, place, name)];
  return [
    figure(on, place, name),
    node.conditions.map((child) => part(on, on.places.get(child.id))),
    on.adding(place, node.relation, isRows(place.parent) && "+ …"),
  ];
}

function part(on, place) {
  const { node, path } = place;
  const name = on.name(place);
  return h("span", {
    class: "sb-node sb-part-of-row", role: "group", "aria-label": name, "data-node": node.id, "data-off": path === null,
  },
  line(on, place),
  remover(on, place, name));
}

export const remover = (on, place, name) =>
  tool("remove", say("remove", { name }), () => on.remove(place), { "data-key": `${place.node.id}:remove` });

export function figure(on, place, name) {
  if (isStep(place.node)) return step(on, place, name);
  const { language } = on;
  const { node } = place;
  const aggregate = language.aggregates[node.aggregate];
  const change = (key) => (value) => on.edit(node, () => changeFigure(language, node, key, value), key);
  const choice = (key, options) => select(options, node[key] ?? "", change(key), marks(node, key, name));
  const isNested = Boolean(place.relation);
  // A place among others is that of a figure, not of a deed.
  const isRank = language.operator(node)?.takes === "rank";
  const did = () => !isRank && language.verb(node.relation, node.aggregate, isNested, node.value);
  const verb = did();
  const behind = unit(verb?.[1]);
  const aggregates = language.asked(node.relation, isNested).map((one) => {
    const words = one.name === node.aggregate ? verb && (verb[0] || say("rows_lead"))
      : language.verb(node.relation, one.name, isNested)?.filter(Boolean).join(" … ");
    return [one.name, words || one.label];
  });
  const figures = aggregate?.needs_of ? language.figures(node.relation, aggregate) : [];
  const options = [["", say("choose")], ...figures.map((one) => [one.code, one.label])];
  return [
    !verb && h("strong", { class: "sb-subject" }, say("rows_of", { rows: language.label(node) })),
    choice("aggregate", aggregates),
    aggregate?.needs_of && [h("span", {}, say("of")), choice("of", options)],
    aggregate?.compares && language.typeOf(node) && compared(on, place, name, verb, () => {
      if (behind) [, behind.textContent] = did();
    }),
    behind,
    timeControls(on, place, name),
  ];
}

function attribute(on, place, name) {
  const { language } = on;
  const { node, relation } = place;
  return new Combobox({
    label: say("attribute_of", { name }), key: `${node.id}:attribute`,
    text: language.title(node, relation),
    search: (text) => filtered(language.menu(relation, { nodes: false }), text),
    pick: ({ value }) => on.edit(node, () => {
      const said = changeAttribute(language, node, value);
      on.remarks = new Map([[node.id, said]]);
      if (said) on.tell(said);
    }, "value"),
  }).element;
}

function compared(on, place, name, verb, changed) {
  const { node, relation } = place;
  const { language, suggestions } = on;
  const value = valueControls({
    node, name, language, suggestions,
    others: () => language.others(node, relation),
    change: (value) => {
      on.edit(node, () => { node.value = value; }, null, `value ${node.id}`);
      changed?.();
    },
    put: (changes, part) => on.edit(node, () => Object.assign(node, changes), part, `rank ${node.id}`),
    enter: () => on.goOn(place),
    tell: on.tell,
    left: async () => {
      const valued = language.valued(node);
      const isText = typeof node.value === "string";
      if (suggestions.hasList(valued) && isText) await suggestions.known(valued, [node.value]);
      on.note();
    },
  });
  return [operator(on, place, name, verb), value.length > 0 && h("div", { class: "sb-value" }, value)];
}

function operator(on, { node, relation, isAmong }, name, verb) {
  const { language } = on;
  const operators = language.operators(node);
  const option = (one) => [one.name, (verb && one.amount)
    || (one.name === node.operator ? language.around(one)[0] : one.label.replace("%(value)s", "…"))];
  const plain = operators.filter(({ takes }) => takes !== "rank");
  const ranks = relation || isAmong ? [] : operators.filter(({ takes }) => takes === "rank").map(option);
  const common = plain.filter((one) => one.common).map(option);
  const others = plain.filter((one) => !one.common).map(option);
  const options = common.length ? [[say("common"), common], [say("others"), others]] : others;
  if (ranks.length) options.push([say("ranks"), ranks]);
  if (!operators.some((one) => one.name === node.operator)) {
    options.unshift([node.operator ?? "", node.operator ?? say("choose")]);
  }
  return select(options, node.operator ?? "", (chosen) =>
    on.edit(node, () => changeOperator(language, node, chosen), "operator"), marks(node, "operator", name));
}

export const match = (on, node, name) =>
  select(Object.values(on.language.matches).map((one) => [one.name, one.label]), node.match, (chosen) =>
    on.edit(node, () => { node.match = chosen; }, "match"), marks(node, "match", name));
