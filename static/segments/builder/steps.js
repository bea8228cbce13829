// Draws the controls of one step in an order of events.

import { h, select } from "./dom.js";
import { numeric } from "./values.js";
import { say } from "./words.js";

const UNITS = ["hours", "days"];
const ONLY = ["", "first", "last"];
const USUAL = 7;

export const isFull = ({ chain, conditions }, { limits }) => chain && conditions.length >= limits.steps;
export const joint = ({ not }) => say(not ? "but_not" : "then");

export function step(on, place, name) {
  const { node, parent, index } = place;
  const { language } = on;
  const called = (part) => say("step_of", { name, part });
  const choice = (part, options, value, set) =>
    select(options, value ?? "", (chosen) => on.edit(node, () => set(chosen), part), {
      "aria-label": called(options[0][1]), "data-key": `${node.id}:${part}`,
    });
  const put = (key, value = (chosen) => chosen) => (chosen) => {
    delete node[key];
    if (chosen) node[key] = value(chosen);
  };
  const gap = (way) => {
    const keys = UNITS.map((unit) => `${way}_${unit}`);
    const now = keys.find((key) => key in node);
    const change = (chosen) => {
      const value = node[now] ?? USUAL;
      delete node[now];
      if (chosen) node[chosen] = value;
    };
    const long = (key) => say(key, { count: 100, value: "…" });
    const options = keys.map((key) => [key, long(key)]);
    const at = { node, language, tell: on.tell, enter: () => on.goOn(place) };
    const set = (value) => on.edit(node, () => { node[now] = value; }, null, `${now} ${node.id}`);
    return [
      choice(way, [["", say(`any_${way}`)], ...options], now, change),
      now && h("div", { class: "sb-value" },
        numeric(node[now], at, set, called(long(now)), `${node.id}:${now}`, { whole: true })),
    ];
  };
  const before = parent.conditions[index - 1];
  const isLast = index === parent.conditions.length - 1;
  const times = language.times(node.relation);
  const own = language.relations[node.relation].has_time ? [["", say("own_time")]] : [];
  return [
    index > 0 && (isLast || node.not) && choice("not", [["", say("then")], ["not", say("but_not")]], node.not && "not",
      (chosen) => {
        put("not", Boolean)(chosen);
        for (const key of ["only", ...UNITS.map((unit) => `after_${unit}`)]) if (chosen) delete node[key];
      }),
    index > 0 && [!node.not && gap("after"), gap("within")],
    h("strong", { class: "sb-subject" }, language.label(node)),
    before && [before, node].every(({ relation }) => language.hasSku(relation))
      && choice("same", [["", say("any_product")], ["sku", say("same_product")]], node.same, put("same")),
    !node.not && choice("only", ONLY.map((one) => [one, say(`step_only_${one}`)]), node.only, put("only")),
    own.length + times.length > 1 && choice("at", [...own, ...times], node.at, put("at")),
  ];
}

export const offered = (language) => language.families.map(({ label, relations }) => [label, relations
  .filter((name) => language.relations[name].has_time || language.times(name).length)
  .map((name) => ({
    label: language.relations[name].label,
    make: () => (language.relations[name].has_time ? { relation: name }
      : { relation: name, at: language.times(name)[0][0] }),
  }))]).filter(([, options]) => options.length);
