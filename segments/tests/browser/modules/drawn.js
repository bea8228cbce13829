// Trees of every kind, drawn and read back from what stands on the screen.

import { read } from "/static/segments/builder/figures.js";
import { Language } from "/static/segments/builder/language.js";
import { Renderer } from "/static/segments/builder/render.js";
import { Tree, canonical, innerOf, isCondition, plain } from "/static/segments/builder/state.js";
import { Suggestions } from "/static/segments/builder/suggestions.js";
import { learn, say } from "/static/segments/builder/words.js";

// Chances that come out the same each time.
function chances(seed) {
  let state = seed;
  const next = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  return { under: (number) => Math.floor(next() * number), of: (list) => list[Math.floor(next() * list.length)] };
}

class Maker {
  constructor(language, chance) {
    Object.assign(this, { language, chance });
  }

  // `isAmong`: customers who are compared with, who are not ranked themselves.
  group(depth, relation, isAmong) {
    const count = 1 + this.chance.under(3);
    const match = this.chance.of(["all", "all", "any", "none", "not_all"]);
    return { match, conditions: Array.from({ length: count }, () => this.node(depth - 1, relation, isAmong)) };
  }

  node(depth, relation, isAmong) {
    const kind = depth > 0 ? this.chance.under(5) : 0;
    if (kind === 4) return this.group(depth, relation, isAmong);
    const nested = relation ? this.language.relations[relation].relations : Object.keys(this.language.relations);
    if (kind < 2 || !nested.length) return this.condition(relation, isAmong);
    return this.rows(depth, this.chance.of(nested), relation, isAmong);
  }

  condition(relation, isAmong) {
    const offered = Object.values(this.language.attributes).filter((one) => this.language.fits(one, relation));
    const attribute = this.chance.of(offered);
    return this.compared({ attribute: attribute.code }, relation || isAmong);
  }

  rows(depth, relation, outer, isAmong) {
    const { language } = this;
    const aggregate = this.chance.of(language.asked(relation, Boolean(outer)));
    const node = { relation, aggregate: aggregate.name };
    const count = 1 + this.chance.under(60);
    if (aggregate.needs_periods) node.periods = { unit: this.chance.of(["day", "week", "month", "quarter"]), count };
    const isLimited = !outer && language.relations[relation].has_time && this.chance.under(3) === 0;
    const end = this.chance.of(["first", "last"]);
    if (isLimited) node[end] = this.chance.under(2) ? count : { rows: count, ...this.group(1, relation) };
    if (aggregate.needs_of) node.of = this.chance.of(language.figures(relation, aggregate)).code;
    const inner = { ...this.group(depth, relation) };
    if (this.chance.under(3) === 0) inner.match = "all";
    const where = this.chance.under(4) ? inner : { match: "all", conditions: [] };
    return { ...(aggregate.compares ? this.compared(node, outer || isAmong) : node), ...where };
  }

  // Customers alone are compared with each other.
  compared(node, outer) {
    const { language } = this;
    const operators = language.operators(node).filter(({ takes }) => !outer || takes !== "rank");
    const operator = this.chance.of(operators);
    const full = { ...node, operator: operator.name };
    const value = this.value(full, operator);
    if (operator.takes === "rank" && this.chance.under(2)) full.among = this.group(2, null, true);
    return value === undefined ? full : { ...full, value };
  }

  value(node, { takes, measure }) {
    const one = () => this.one(node);
    const several = () => [...new Set(Array.from({ length: 1 + this.chance.under(20) }, one))];
    switch (takes) {
      case "nothing": return undefined;
      case "list": return several();
      case "pair": return [one(), one()];
      case "period": return this.chance.of(Object.keys(this.language.periods));
      case "part": return this.chance.of([undefined, { salt: "a.b", from: "2.5", to: "50" }]);
      case "one": return one();
      case "rank": return /number|percent/.test(measure) ? 1 + this.chance.under(100) : undefined;
      default: return this.chance.under(300);
    }
  }

  one(node) {
    const type = this.language.typeOf(node);
    if (this.language.isNumber(type)) {
      const whole = this.chance.under(100000);
      return type === "integer" ? whole : this.chance.of([String(whole), `${whole}.5`, `-${whole + 1}.25`]);
    }
    if (type === "boolean") return this.chance.of([true, false]);
    if (type === "date" || type === "datetime") return this.chance.of(["2026-02-28", "1999-12-31"]);
    const options = this.language.choices(node)?.options;
    if (options?.length) return this.chance.of(options).value;
    if (this.language.isCountry(this.language.valued(node))) return this.chance.of(["DE", "FR", "AT"]);
    return `text ${this.chance.under(1000)}`;
  }
}

// What stands in the controls of a node, without any look at the tree.
class Reader {
  constructor(language, suggestions) {
    Object.assign(this, { language, suggestions });
  }

  node(element, relation) {
    const at = (part) => element.querySelector(`[data-key="${element.dataset.node}:${part}"]`);
    const found = {};
    if (at("attribute")) found.attribute = this.code(at("attribute").value, relation);
    if (at("aggregate")) {
      found.aggregate = at("aggregate").value;
      found.relation = this.rowsOf(at, relation);
      if (at("of")) found.of = at("of").value;
    }
    const children = [...element.querySelectorAll("[data-node]")]
      .filter((one) => one.parentElement.closest("[data-node]") === element);
    const isInner = (one) => one.dataset.inner;
    const inner = Object.fromEntries(children.filter(isInner).map((one) =>
      [one.dataset.inner, this.node(one, one.dataset.inner === "among" ? relation : this.rowsOf(at, relation))]));
    if (at("end")) {
      const rows = Number(element.querySelector("[data-key$=':count']").value);
      const fitting = inner[at("end").value];
      found[at("end").value] = fitting ? { rows, ...fitting } : rows;
    }
    if (inner.among) found.among = inner.among;
    if (at("periods")) found.periods = { unit: at("unit").value, count: Number(at("periods").value) };
    if (at("operator")) found.operator = at("operator").value;
    const value = found.operator && this.value(found, at);
    if (value !== undefined && value !== "") found.value = value;
    if (found.attribute) return found;
    const rows = found.relation ?? relation;
    found.conditions = children.filter((one) => !isInner(one)).map((one) => this.node(one, rows));
    found.match = at("match")?.value ?? "all";
    return found;
  }

  rowsOf(at, relation) {
    return at("aggregate") ? this.relation(at("aggregate"), relation) : relation;
  }

  code(text, relation) {
    const { language } = this;
    const isIt = (one) => language.title({ attribute: one.code }, relation) === text && language.fits(one, relation);
    const found = Object.values(this.language.attributes).filter(isIt);
    if (found.length !== 1) throw new Error(`“${text}” is the name of ${found.length} fields of ${relation}`);
    return found[0].code;
  }

  // By its name, or by what is said of it: that no two of them share.
  relation(select, outer) {
    const { language } = this;
    const subject = select.parentElement.querySelector(":scope > .sb-subject")?.textContent;
    const unit = [...select.parentElement.querySelectorAll(":scope > .sb-unit")].at(-1)?.textContent ?? "";
    const said = `${select.selectedOptions[0].textContent}|${unit}`;
    const isIt = ([name, { label }]) => (subject
      ? subject === `${label}:` : this.says(name, select, outer) === said);
    const offered = Object.entries(language.relations)
      .filter(([name]) => !outer || language.relations[outer].relations.includes(name));
    const found = offered.filter(isIt);
    if (found.length !== 1) throw new Error(`“${said}” is said of ${found.length} kinds of rows`);
    return found[0][0];
  }

  says(name, select, outer) {
    const value = select.parentElement.querySelector(":scope > .sb-value [data-key$=':value']")?.value;
    const verb = this.language.verb(name, select.value, Boolean(outer), Number(value));
    return verb && `${verb[0] || say("rows_lead")}|${verb[1]}`;
  }

  value(node, at) {
    const operator = this.language.operator(node);
    if (operator.takes === "nothing") return undefined;
    if (operator.takes === "list") return this.list(node, at("value").closest(".sb-chips"));
    if (operator.takes === "part") return this.part(at);
    if (operator.takes === "pair") return [this.one(node, at("value")), this.one(node, at("to"))];
    if (operator.takes === "period") return at("value").value;
    if (operator.takes === "one") return this.one(node, at("value"));
    if (operator.takes === "rank" && !at("value")) return undefined;
    return Number(at("value").value);
  }

  part(at) {
    const ends = Object.fromEntries(["from", "to"].map((name) => [name, read(at(name).value).value]));
    return at("salt").value ? { salt: at("salt").value, ...ends } : undefined;
  }

  list(node, chips) {
    const many = chips.querySelector(".sb-many");
    if (many) return Number(/\d+/.exec(many.textContent)[0]);
    return [...chips.querySelectorAll(".sb-value-chip")].map((chip) => this.meant(node, chip.textContent));
  }

  one(node, control) {
    if (this.language.typeOf(node) === "boolean") return control.value === "true";
    return control.tagName === "SELECT" ? control.value : this.meant(node, control.value);
  }

  meant(node, text) {
    const type = this.language.typeOf(node);
    if (this.language.isNumber(type)) return read(text, { integer: type === "integer" }).value;
    const valued = this.language.valued(node);
    const options = this.language.choices(node)?.options ?? [];
    const shown = (value) => this.suggestions.label(valued, value);
    return options.find(({ value }) => shown(value) === text)?.value
      ?? Object.keys(this.language.isCountry(valued) ? this.language.countries : {}).find((one) => shown(one) === text)
      ?? text.replace(say("unknown_choice", { value: "" }), "");
  }
}

// As it is drawn: a list that takes one line says only how many it has, rows without conditions
// are not asked how many of them must hold.
function shown(node) {
  const isLong = Array.isArray(node.value) && node.value.length > 12;
  const own = { ...node, ...(isLong && { value: node.value.length }) };
  for (const key of innerOf(own)) own[key] = shown(own[key]);
  if (isCondition(node)) return own;
  return { ...own, match: node.match ?? "all", conditions: (node.conditions ?? []).map(shown) };
}

// Draws `count` trees as rows, and once more with every row opened; gives the first that is not read back.
export function firstOther(registry, strings, count) {
  learn(strings);
  const page = { timeZone: "UTC", keywords: {}, titles: {} };
  const language = new Language(registry, page);
  const suggestions = (language.suggestions = new Suggestions("/none", language));
  const reader = new Reader(language, suggestions);
  const host = document.createElement("div");
  document.body.replaceChildren(host);
  let rows = 0;
  for (let seed = 1; seed <= count; seed++) {
    const json = new Maker(language, chances(seed)).group(4, null);
    const tree = new Tree(json);
    const renderer = new Renderer({ host, tree, language, suggestions, tell: () => {} });
    for (const isOpen of [false, true]) {
      if (isOpen) for (const { node } of tree.places()) renderer.opened.add(node.id);
      renderer.draw();
      rows += host.querySelectorAll(".sb-part-of-row").length;
      const expected = canonical(shown(plain(tree.root)));
      const found = canonical(reader.node(host.firstElementChild, null));
      if (found !== expected) return { seed, isOpen, expected, found };
    }
    if (canonical(plain(tree.root)) !== canonical(plain(new Tree(json).root))) return { seed, changed: true };
  }
  return { rows };
}
