// Which rows a row looks at by their time, and in which periods.

import { h, select } from "./dom.js";
import { endOf, grow } from "./state.js";
import { marks, say } from "./words.js";

const ENDS = ["last", "first"];
const UNITS = ["day", "week", "month", "quarter"];

export const mayBeLimited = (language, { node, relation }) =>
  !relation && (endOf(node) || language.relations[node.relation]?.has_time);

export function turnLimit(node) {
  const end = endOf(node);
  if (!end) node.last = grow({ rows: 1, match: "all" });
  else delete node[end];
  keepTime(node);
}

export function keepPeriods(node, aggregate) {
  if (aggregate.needs_periods) node.periods ??= { unit: "month", count: 6 };
  else delete node.periods;
  keepTime(node);
}

function keepTime(node) {
  if (!endOf(node) && !node.periods) delete node.at;
}

export function timeControls(on, { node }, name) {
  const { language } = on;
  const end = endOf(node);
  const choice = (part, options, value, set) =>
    select(options, value, (chosen) => on.edit(node, () => set(chosen), part), marks(node, part, name));
  const whole = (part, value, max, set, one = node) => {
    const input = h("input", {
      ...marks(one, part, name), type: "number", min: 1, max, class: "sb-number-input", value,
      focus: () => input.select(),
      change: () => {
        if (input.value && input.checkValidity()) on.edit(one, () => set(Number(input.value)), part);
        else input.value = value;
      },
    });
    return input;
  };
  const limit = node[end];
  const times = language.times(node.relation).map(([code, label]) => [code, say("by_time", { label })]);
  return [
    end && [
      choice("end", ENDS.map((one) => [one, say(`only_${one}`)]), end, (chosen) => {
        delete node[end];
        node[chosen] = limit;
      }),
      whole("count", limit.rows, language.limits.rows, (rows) => { limit.rows = rows; }, limit),
      !limit.conditions.length && on.adding(on.places.get(limit.id), node.relation, say("that_fit")),
    ],
    node.periods && [
      node.operator && h("span", {}, say("of_the_last")),
      whole("periods", node.periods.count, language.limits.periods, (count) => { node.periods.count = count; }),
      choice("unit", UNITS.map((one) => [one, say(`unit_${one}`)]), node.periods.unit, (unit) => {
        node.periods.unit = unit;
      }),
    ],
    (end || node.periods) && (node.at || times.length > 1)
      && choice("at", [["", say("by_own_time")], ...times], node.at ?? "", (code) => {
        if (code) node.at = code;
        else delete node.at;
      }),
  ];
}
