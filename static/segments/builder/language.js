// What the rule language offers at each place, read from the registry that the API hands out.

import { childrenOf, isCondition, isRows } from "./state.js";
import { country, day, number, say } from "./words.js";

const DAY = 86400000;

export class Language {
  // `registry` is the API's reply; `page` what came with the page: keywords, phrases, time zone.
  constructor(registry, page) {
    Object.assign(this, registry);
    this.page = page;
    for (const key of ["aggregates", "matches"]) this[key] = Object.fromEntries(registry[key].map((one) => [one.name, one]));
    for (const key of ["attributes", "relations"]) {
      for (const [code, one] of Object.entries(this[key])) one.code = code;
    }
  }

  // The type that a node compares: its attribute's, or that of its figure; null where it has none.
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

  usual(type) {
    return this.types[type].usual;
  }

  unit(node) {
    const of = this.attributes[isCondition(node) ? node.attribute : node.of];
    return of && of.type === this.typeOf(node) ? of.unit : "";
  }

  choices(node) {
    return (isCondition(node) && this.attributes[node.attribute]?.choices) || null;
  }

  // May a condition about rows of `relation` (null: the customer) name this attribute?
  fits({ code }, relation) {
    return !relation || this.relations[relation].attributes.includes(code);
  }

  // What can be added where rows of `relation` are spoken of, by family: [label, options].
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
        .sort((a, b) => this.#isBypassed(a) - this.#isBypassed(b))
        .map((name) => ({ name, label: this.relations[name].label }))
        .map(({ label, name }) => ({
          label: say("rows_option", { rows: label }),
          words: say("rows_keywords"),
          make: () => ({ relation: name, aggregate: "count", operator: "gte", value: 1, match: "all", conditions: [] }),
        }));
      return [family.label, [...attributes, ...relations]];
    }).filter(([, options]) => options.length);
    return nodes && !relation ? [[say("phrases"), this.page.phrases.map((phrase) => ({ ...phrase, make: () => phrase.node }))], ...families] : families;
  }

  // Are other rows meant where a merchant names these: orders that count instead of all?
  #isBypassed(name) {
    return Object.values(this.attributes).some((one) => one.relation === name && one.written_as !== name);
  }

  // A new condition; one about an order is put into a group of orders that count.
  made(attribute, relation) {
    const condition = { attribute: attribute.code, operator: this.usual(attribute.type) };
    const rows = attribute.written_as;
    return !relation && rows !== attribute.relation ? { relation: rows, aggregate: "exists", match: "all", conditions: [condition] } : condition;
  }

  // The attributes that the node may be compared with instead of a value.
  others(node, relation) {
    const own = this.attributes[node.attribute];
    if (!own || !this.operator(node)?.attribute) return [];
    const kin = this.types[own.type].comparable_with;
    return Object.values(this.attributes).filter((other) =>
      other !== own && other.comparable && kin.includes(other.type)
      && (relation ? this.fits(other, relation) : other.relation === own.relation));
  }

  takesFactor(node) {
    return this.types[this.typeOf(node)].times;
  }

  // What an aggregate can be formed of.
  figures(relation, aggregate) {
    return this.relations[relation].of.map((code) => this.attributes[code]).filter(({ type }) => aggregate.of_types[type]);
  }

  // Is something still to be filled in at this node itself?
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
    if (Array.isArray(value)) return !value.length || value.some((one) => one == null || one === "");
    return value == null || value === "";
  }

  // The siblings that each may be met by another row though one row may be meant: [relation, nodes].
  otherRows(group, relation) {
    if (group.match !== "all" || relation || isRows(group)) return [];
    const found = new Map();
    for (const node of group.conditions) {
      const own = isCondition(node) ? !this.operator(node)?.negates && this.attributes[node.attribute]?.relation
        : isRows(node) && node.aggregate === "exists" && node.match === "all" && node.conditions.length && node.relation;
      if (own) found.set(own, [...(found.get(own) ?? []), node]);
    }
    return [...found].filter(([, nodes]) => nodes.length > 1);
  }

  // The node in words, from labels.
  words(node, labelOf = (_, value) => value) {
    if (isCondition(node)) {
      const label = this.attributes[node.attribute]?.label ?? node.attribute;
      return this.#said(label, node, labelOf);
    }
    if (!isRows(node)) return `${this.matches[node.match].label}: ${this.matches[node.match].meaning}`;
    const rows = this.relations[node.relation]?.label ?? node.relation;
    const aggregate = this.aggregates[node.aggregate];
    const of = node.of ? ` ${this.attributes[node.of]?.label ?? node.of}` : "";
    return `${rows}: ${aggregate.compares ? this.#said(aggregate.label + of, node, labelOf) : aggregate.label}`;
  }

  #said(subject, node, labelOf) {
    const operator = this.operator(node);
    const value = this.shown(node.value, (one) => labelOf(node, one));
    if (!operator) return `${subject} ${node.operator}`;
    if (operator.label.includes("%(value)s")) return `${subject} ${operator.label.replace("%(value)s", value)}`;
    return [subject, operator.label, value, value && this.unit(node)].filter(Boolean).join(" ");
  }

  shown(value, labelOf = (one) => one) {
    if (value == null) return "";
    if (Array.isArray(value)) return value.map((one) => this.shown(one, labelOf)).join(", ");
    if (typeof value === "object") return `${value.times ? `${value.times} × ` : ""}${this.attributes[value.attribute]?.label ?? ""}`;
    if (typeof value === "boolean") return say(value ? "yes" : "no");
    if (typeof value === "number") return number(value);
    const label = labelOf(value);
    return country(value) && label === value ? `${country(value)} (${value})` : String(label);
  }

  // The first date that "in the last n days" means in the shop's time zone, and so on.
  dateOf(node) {
    const days = { in_last_days: -node.value, not_in_last_days: -node.value, more_than_days_ago: -node.value - 1, in_next_days: +node.value, not_in_next_days: +node.value }[node.operator];
    if (node.value == null || node.value === "" || !Number.isInteger(days) || Math.abs(days) > 36501) return "";
    const today = new Intl.DateTimeFormat("en-CA", { timeZone: this.page.timeZone }).format(new Date());
    const key = { in_last_days: "since", not_in_last_days: "since", more_than_days_ago: "until" }[node.operator] ?? "until";
    return say(`date_${key}`, { date: day(new Date(Date.parse(today) + days * DAY)) });
  }
}
