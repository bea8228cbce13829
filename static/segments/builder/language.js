// What the rule language offers at each place.

import { read, readMany } from "./figures.js";
import { childrenOf, isAgainst, isCondition, isOn, isRefused, isRows } from "./state.js";
import { day, moment, number, say } from "./words.js";

const DAY = 86400000;
const WHOLE = /^is(_not)?(_one_of)?$/;

export class Language {
  constructor(registry, page) {
    Object.assign(this, registry);
    this.page = page;
    this.days = new Intl.DateTimeFormat("en-CA", { timeZone: page.timeZone });
    for (const key of ["aggregates", "matches", "periods"]) {
      this[key] = Object.fromEntries(registry[key].map((one) => [one.name, one]));
    }
    for (const key of ["attributes", "relations"]) {
      for (const [code, one] of Object.entries(this[key])) one.code = code;
    }
  }

  // The type that a node compares; null where there is none.
  typeOf(node) {
    if (isCondition(node)) return this.attributes[node.attribute]?.type ?? null;
    const aggregate = this.aggregates[node.aggregate];
    if (!aggregate?.compares) return null;
    return aggregate.result ?? aggregate.of_types[this.attributes[node.of]?.type] ?? null;
  }

  operators(node) {
    const type = this.typeOf(node);
    const zero = isRows(node) && this.aggregates[node.aggregate]?.zero;
    return (type ? this.types[type].operators : []).filter(({ takes }) => !(zero && takes === "nothing"));
  }

  operator(node) {
    return this.operators(node).find(({ name }) => name === node.operator) ?? null;
  }

  unit(node) {
    const of = this.attributes[isCondition(node) ? node.attribute : node.of];
    return of && of.type === this.typeOf(node) ? of.unit : "";
  }

  // The attribute whose values a node is compared with; undefined where these are no attribute's.
  valued(node) {
    return isCondition(node) ? node.attribute : this.aggregates[node.aggregate]?.picks ? node.of : undefined;
  }

  choices(node) {
    return this.choicesOf(this.valued(node));
  }

  choicesOf(code) {
    return this.attributes[code]?.choices;
  }

  isCountry(code) {
    return Boolean(this.attributes[code]?.countries);
  }

  // Is a value here one of a list, and any other a mistake or meant to be kept as it is?
  isSettled(node) {
    return Boolean(this.choices(node)?.closed) || (this.isCountry(this.valued(node)) && WHOLE.test(node.operator));
  }

  fits({ code }, relation) {
    return !relation || this.relations[relation].attributes.includes(code);
  }

  // What can be added about rows of `relation`, as [family, options].
  menu(relation, { nodes = true } = {}) {
    const families = this.families.map((family) => {
      const attributes = family.attributes
        .map((code) => this.attributes[code])
        .filter((attribute) => this.fits(attribute, relation))
        .map((attribute) => ({
          label: attribute.label,
          words: this.page.keywords[attribute.code] ?? "",
          value: attribute.code,
          make: () => this.made(attribute, relation),
        }));
      if (!nodes) return [family.label, attributes];
      const relations = family.relations
        .filter((name) => !relation || this.relations[relation].relations.includes(name))
        .map((name) => ({
          label: say("rows_option", { rows: this.relations[name].label }),
          words: [say("rows_keywords"), ...this.asked(name).map((one) => `${one.label} ${one.search}`)].join(" "),
          make: () => ({ relation: name, aggregate: "count", operator: "gte", value: 1, match: "all", conditions: [] }),
        }));
      return [family.label, [...attributes, ...relations]];
    }).filter(([, options]) => options.length);
    if (!nodes || relation) return families;
    const phrases = this.page.phrases.map((phrase) => ({ ...phrase, make: () => phrase.node }));
    return [[say("phrases"), phrases], ...families];
  }

  made(attribute, relation) {
    const condition = { attribute: attribute.code, operator: attribute.usual };
    const rows = attribute.written_as;
    if (relation || rows === attribute.relation) return condition;
    return { relation: rows, aggregate: "exists", match: "all", conditions: [condition] };
  }

  others(node, relation) {
    const own = this.attributes[node.attribute];
    if (!own || !this.operator(node)?.attribute) return [];
    const kin = this.types[own.type].comparable_with;
    return Object.values(this.attributes).filter((other) =>
      other !== own && other.comparable && kin.includes(other.type)
      && (relation ? this.fits(other, relation) : other.relation === own.relation));
  }

  isNumber(type) {
    return this.types[type]?.times;
  }

  // How a number is written at this node: its unit, whether it has decimals.
  figureOf(node) {
    const takes = this.operator(node)?.takes;
    if (/(days|hours)$/.test(takes)) return { whole: true, unit: say(takes === "hours" ? "hours" : "days") };
    return { integer: this.typeOf(node) === "integer", unit: this.unit(node) };
  }

  // What is no number or no value of the list, as [part of the row, what is to be said].
  refusals(node) {
    const { value } = node;
    const isList = this.operator(node)?.takes === "list";
    const parts = isAgainst(node)
      ? [["times", value.times]]
      : [value].flat().map((one, index) => [index && !isList ? "to" : "value", one]);
    return parts.filter(([, one]) => isRefused(one) && !one.typing).map(([part, { written }]) => {
      if (this.suggestions.hasList(this.valued(node))) return [part, this.#notChosen(node, written)];
      const [found] = isList
        ? readMany(written, this.figureOf(node))
        : [read(written, part === "times" ? {} : this.figureOf(node))];
      return [part, say(found.refused ?? "figure_none", { ...found, text: written, value: `“${written}”` })];
    });
  }

  #notChosen(node, text) {
    const operator = this.operator(node);
    const list = operator?.takes === "one"
      && this.operators(node).find(({ name }) => name === `${operator.name}_one_of`);
    const isMany = text.split(/[,;\t]+/).filter((part) => this.suggestions.exact(this.valued(node), part)).length > 1;
    if (list && isMany) return say("choose_many", { text, operator: list.label });
    return say(this.choices(node)?.closed ? "choose_offered" : "choose_or_keep", { text });
  }

  // What can be asked of the rows of a relation.
  asked(relation) {
    const { has_time: hasTime } = this.relations[relation];
    const can = (one) => (hasTime || !one.needs_time) && (!one.needs_of || this.figures(relation, one).length);
    return Object.values(this.aggregates).filter(can);
  }

  figures(relation, aggregate) {
    const all = this.relations[relation].of.map((code) => this.attributes[code]);
    return all.filter(({ type }) => aggregate.of_types[type]);
  }

  isIncomplete(node, isRoot) {
    if (!isCondition(node) && !isRows(node)) return !isRoot && !childrenOf(node).length;
    if (isRows(node)) {
      const aggregate = this.aggregates[node.aggregate];
      if (!aggregate.compares) return false;
      if (aggregate.needs_of && !node.of) return true;
    }
    const takes = this.operator(node)?.takes;
    const { value } = node;
    if (!takes) return true;
    if (takes === "nothing") return false;
    if (value?.typing) return true;
    if (Array.isArray(value)) return !value.length || value.some((one) => one == null || one === "");
    return value == null || value === "";
  }

  // Siblings that may each be met by another row, as [relation, nodes].
  otherRows(group, relation) {
    if (group.match !== "all" || relation || isRows(group)) return [];
    const found = new Map();
    for (const node of group.conditions.filter(isOn)) {
      const own = isCondition(node) ? !this.operator(node)?.negates && this.attributes[node.attribute]?.relation
        : isRows(node) && node.aggregate === "exists" && node.match === "all" && node.conditions.length
          && node.relation;
      if (own) found.set(own, [...(found.get(own) ?? []), node]);
    }
    return [...found].filter(([, nodes]) => nodes.length > 1);
  }

  label({ attribute, relation }) {
    return this.attributes[attribute]?.label ?? this.relations[relation]?.label ?? attribute ?? relation;
  }

  words(node) {
    if (isCondition(node)) return this.#said(this.label(node), node);
    if (!isRows(node)) return `${this.matches[node.match].label}: ${this.matches[node.match].meaning}`;
    const aggregate = this.aggregates[node.aggregate];
    const of = node.of ? ` ${this.attributes[node.of]?.label ?? node.of}` : "";
    const figure = aggregate.compares ? this.#said(aggregate.label + of, node) : aggregate.label;
    return `${say("rows_of", { rows: this.label(node) })} ${figure}`;
  }

  #said(subject, node) {
    const operator = this.operator(node);
    const value = this.shown(node, node.value);
    if (!operator) return `${subject} ${node.operator}`;
    if (operator.label.includes("%(value)s")) return `${subject} ${operator.label.replace("%(value)s", value)}`;
    return [subject, operator.label, value, value && this.unit(node)].filter(Boolean).join(" ");
  }

  // A node's value or, where `isRow`, what a row is called.
  shown(node, value, isRow) {
    if (value == null) return "";
    if (Array.isArray(value)) return value.map((one) => this.shown(node, one, isRow)).join(", ");
    if (isRefused(value)) return value.written;
    if (typeof value === "object") {
      const times = value.times ? `${number(value.times)} × ` : "";
      return times + (this.attributes[value.attribute]?.label ?? "");
    }
    if (typeof value === "boolean") return say(value ? "yes" : "no");
    if (typeof value === "number" || (!isRow && this.isNumber(this.typeOf(node)))) return number(value);
    if (/^\d{4}-\d\d-\d\d(T\d\d:|$)/.test(value)) {
      return value[10] ? moment(value, this.page.timeZone) : day(new Date(value));
    }
    return this.periods[value]?.label ?? this.suggestions.label(this.valued(node), value);
  }

  dateOf({ operator, value }) {
    const [, way] = /^(?:not_)?in_(last|next)_days$/.exec(operator) ?? [];
    if (!way || !/^\d{1,5}$/.test(value)) return "";
    const today = Date.parse(this.days.format(new Date()));
    return say(`date_${way}`, { date: day(new Date(today + (way === "last" ? -value : +value) * DAY)) });
  }
}
