// What the rule language offers.

import { read, readMany } from "./figures.js";
import { isPlace } from "./ranks.js";
import { childrenOf, endOf, isAgainst, isCondition, isOn, isRefused, isRows, isStep } from "./state.js";
import { day, moment, number, quoted, say } from "./words.js";

const DAY = 86400000;
const WHOLE = /^is(_not)?(_one_of)?$/;

export class Language {
  constructor(registry, page) {
    Object.assign(this, registry);
    this.page = page;
    this.days = new Intl.DateTimeFormat("en-CA", { timeZone: page.timeZone });
    for (const key of ["aggregates", "matches", "periods", "ranks"]) {
      this[key] = Object.fromEntries(registry[key].map((one) => [one.name, one]));
    }
    for (const [code, one] of Object.entries(this.attributes)) one.code = code;
  }

  typeOf(node) {
    if (isCondition(node)) return this.attributes[node.attribute]?.type ?? null;
    const aggregate = this.aggregates[node.aggregate];
    if (!aggregate?.compares) return null;
    return aggregate.result ?? aggregate.of_types[this.attributes[node.of]?.type] ?? null;
  }

  operators(node) {
    const type = this.typeOf(node);
    const zero = isRows(node) && this.aggregates[node.aggregate]?.zero;
    const operators = type ? this.types[type].operators : [];
    return [...operators.filter(({ takes }) => !(zero && takes === "nothing")), ...this.ranksOf(node, type)];
  }

  ranksOf(node, type) {
    const isRanked = isRows(node) || this.attributes[node.attribute]?.ranked;
    return type && isRanked ? this.types[type].ranks.map((name) => this.ranks[name]) : [];
  }

  operator(node) {
    return this.operators(node).find(({ name }) => name === node.operator) ?? null;
  }

  unit(node) {
    const of = this.attributes[isCondition(node) ? node.attribute : node.of];
    return of && of.type === this.typeOf(node) ? of.unit : "";
  }

  valued(node) {
    return isCondition(node) ? node.attribute : this.aggregates[node.aggregate]?.picks ? node.of : undefined;
  }

  choices(node) {
    return this.attributes[this.valued(node)]?.choices;
  }

  isCountry(code) {
    return Boolean(this.attributes[code]?.countries);
  }

  isSettled(node) {
    return Boolean(this.choices(node)?.closed) || (this.isCountry(this.valued(node)) && WHOLE.test(node.operator));
  }

  times(relation) {
    const all = this.relations[relation].attributes.map((code) => this.attributes[code]);
    return all.filter(({ type }) => type === "datetime").map(({ code, label }) => [code, label]);
  }

  hasSku(relation) {
    return this.relations[relation].of.some((code) => code.endsWith(".sku"));
  }

  fits({ code }, relation) {
    return !relation || this.relations[relation].attributes.includes(code);
  }

  // With its rows, where others there are called the same.
  title({ attribute }, relation) {
    const one = this.attributes[attribute];
    if (!one || !relation) return one?.title ?? one?.label ?? attribute;
    const { attributes, of } = this.relations[relation];
    const isOwn = attribute.startsWith(of[0]?.replace(/[^.]*$/, ""));
    const isAlone = attributes.filter((code) => this.attributes[code].label === one.label).length < 2;
    return isOwn || isAlone ? one.label : one.title;
  }

  menu(relation, { nodes = true } = {}) {
    const families = this.families.map((family) => {
      const attributes = family.attributes
        .map((code) => this.attributes[code])
        .filter((attribute) => this.fits(attribute, relation))
        .map((attribute) => ({
          label: (!relation && this.page.titles[attribute.code]) || attribute.label,
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
    const begun = this.families.map(({ label, beginnings }) => [label, beginnings.map((one) =>
      ({ label: one.label, words: one.search, make: () => one.node }))]).filter(([, options]) => options.length);
    return [...begun, ...families.map(([label, options]) => [say("fields_of", { family: label }), options])];
  }

  made(attribute, relation) {
    const condition = this.begun({ attribute: attribute.code, operator: attribute.usual });
    const rows = attribute.written_as;
    if (relation || rows === attribute.relation) return condition;
    return { relation: rows, aggregate: "exists", match: "all", conditions: [condition] };
  }

  others(node, relation) {
    const own = this.attributes[node.attribute];
    if (!own || own.values_only || !this.operator(node)?.attribute) return [];
    const kin = this.types[own.type].comparable_with;
    return Object.values(this.attributes).filter((other) =>
      other !== own && other.comparable && kin.includes(other.type)
      && (relation ? this.fits(other, relation) : other.relation === own.relation));
  }

  // What customers did, as [before its value, behind it].
  verb(relation, aggregate, isNested, value) {
    const one = this.relations[relation];
    const said = (isNested ? one?.nested_phrases : one?.phrases) ?? {};
    const text = said[{ exists: "some", not_exists: "none" }[aggregate] ?? aggregate];
    if (!text) return null;
    const [before, behind = ""] = text.replace("%(where)s", "").split("%(value)s");
    const unit = aggregate === "count" ? (value === 1 && said.one) || said.unit || "" : "";
    return [before.trim(), `${unit}${behind}`.trim()];
  }

  begun(node) {
    const value = this.usual_values[this.operator(node)?.takes];
    return value === undefined ? node : { ...node, value };
  }

  around({ label }) {
    return [...label.split("%(value)s"), ""].slice(0, 2).map((text) => text.replace(/[„“«]/, "").trim());
  }

  isNumber(type) {
    return this.types[type]?.times;
  }

  figureOf(node) {
    const { takes, measure } = this.operator(node) ?? {};
    if (measure) return { integer: measure === "number" };
    const [unit] = /(days|hours)$/.exec(takes) ?? [];
    if (unit) return { whole: true, unit: say(unit) };
    return { integer: this.typeOf(node) === "integer", unit: this.unit(node) };
  }

  // As [part of the row, what is to be said].
  refusals(node) {
    const { value } = node;
    const takes = this.operator(node)?.takes;
    const isList = takes === "list";
    const parts = takes === "rank" ? Object.entries({ value, times: node.times })
      : takes === "part" || isAgainst(node) || isStep(node)
      ? Object.entries(isStep(node) ? node : value ?? {})
      : [value].flat().map((one, index) => [index && !isList ? "to" : "value", one]);
    return parts.filter(([, one]) => isRefused(one) && !one.typing).map(([part, { written: text }]) => {
      if (this.suggestions.hasList(this.valued(node))) return [part, this.#notChosen(node, text)];
      const figure = part === "times" ? {} : isStep(node) ? { whole: true } : this.figureOf(node);
      const found = isList ? readMany(text, figure)[0] : read(text, figure);
      return [part, say(found.refused ?? "figure_none", { ...found, text, value: quoted(text) })];
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

  asked(relation, isNested) {
    const { has_time: hasTime } = this.relations[relation];
    const can = (one) => (hasTime || !(one.needs_time || one.needs_periods)) && !(isNested && one.needs_periods)
      && (!one.needs_of || this.figures(relation, one).length);
    return Object.values(this.aggregates).filter(can);
  }

  figures(relation, aggregate) {
    const all = this.relations[relation].of.map((code) => this.attributes[code]);
    return all.filter(({ type }) => aggregate.of_types[type]);
  }

  isIncomplete(node, isRoot) {
    if (node.chain) return childrenOf(node).length < 2;
    if (!isCondition(node) && !isRows(node)) return !isRoot && !node.rows && !childrenOf(node).length;
    if (isStep(node)) return Object.values(node).some((one) => one === "" || one?.typing);
    if (isRows(node)) {
      const aggregate = this.aggregates[node.aggregate];
      if (!aggregate.compares) return false;
      if (aggregate.needs_of && !node.of) return true;
    }
    const takes = this.operator(node)?.takes;
    if (!takes || takes === "nothing") return !takes;
    if (takes === "rank" && node.among?.segment === "") return true;
    if (takes === "rank" && !isPlace(this.operator(node))) return false;
    const values = takes === "part" ? Object.values({ salt: "", ...node.value }) : [node.value].flat();
    return !values.length || values.some((one) => one == null || one === "" || one.typing);
  }

  // Siblings that another row each may meet, as [relation, nodes].
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

  label({ attribute, relation, chain }) {
    if (chain) return say("in_order");
    return this.attributes[attribute]?.label ?? this.relations[relation]?.label ?? attribute ?? relation;
  }

  words(node) {
    if (isCondition(node)) return this.#said(this.label(node), node);
    if (node.chain || node.steps) return say("in_order");
    if (isStep(node)) return this.label(node);
    if (!isRows(node)) return `${this.matches[node.match].label}: ${this.matches[node.match].meaning}`;
    const aggregate = this.aggregates[node.aggregate];
    const of = node.of ? ` ${this.attributes[node.of]?.label ?? node.of}` : "";
    const figure = aggregate.compares ? this.#said(aggregate.label + of, node) : aggregate.label;
    const end = endOf(node);
    const limit = end && ` (${say(`only_${end}`)} ${number(node[end].rows ?? node[end])})`;
    return `${say("rows_of", { rows: this.label(node) })} ${figure}${limit ?? ""}`;
  }

  #said(subject, node) {
    const operator = this.operator(node);
    const isPair = operator?.takes === "pair" && Array.isArray(node.value);
    const value = isPair
      ? node.value.map((one) => this.shown(node, one)).join(` ${say("and")} `)
      : this.shown(node, node.value);
    if (!operator) return `${subject} ${node.operator}`;
    if (operator.label.includes("%(value)s")) return `${subject} ${operator.label.replace("%(value)s", value)}`;
    const unit = operator.measure ? { percent: "%" }[operator.measure] : this.unit(node);
    return [subject, operator.label, value, value && unit].filter(Boolean).join(" ");
  }

  shown(node, value, isRow) {
    if (value == null) return "";
    if (Array.isArray(value)) return value.map((one) => this.shown(node, one, isRow)).join(", ");
    if (isRefused(value)) return value.written;
    if (value.salt) return say("part", { from: 0, ...value });
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
