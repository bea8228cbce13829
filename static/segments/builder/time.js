// Which rows a row of the tree looks at by their time, and in which periods.

import { h, select } from "./dom.js";
import { say } from "./words.js";

const ENDS = ["last", "first"];
const UNITS = ["day", "week", "month", "quarter"];

export const endOf = (node) => ENDS.find((end) => end in node);

export const mayBeLimited = (language, { node, relation }) =>
  !relation && (endOf(node) || language.relations[node.relation]?.has_time);

export function turnLimit(node) {
  const end = endOf(node);
  if (!end) node.last = 1;
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
  const mark = (part) => ({ "aria-label": say(`${part}_of`, { name }), "data-key": `${node.id}:${part}` });
  const edit = (act, part) => on.edit(node, act, part);
  const whole = (part, value, max, set) => {
    const input = h("input", {
      ...mark(part), type: "number", min: 1, max, class: "sb-number-input", value,
      focus: () => input.select(),
      change: () => {
        if (input.value && input.checkValidity()) edit(() => set(Number(input.value)), part);
        else input.value = value;
      },
    });
    return input;
  };
  const limit = node[end];
  return [
    end && [
      select(ENDS.map((one) => [one, say(`only_${one}`)]), end, (chosen) => edit(() => {
        delete node[end];
        node[chosen] = limit;
      }, "end"), mark("end")),
      whole("count", limit.rows ?? limit, language.limits.rows, (rows) => {
        node[end] = limit.rows ? { ...limit, rows } : rows;
      }),
      limit.conditions?.length && h("span", {}, say("only_of_those", {
        conditions: limit.conditions.map((one) => language.words(one)).join(" · "),
      })),
    ],
    node.periods && [
      h("span", {}, say("of_the_last")),
      whole("periods", node.periods.count, language.limits.periods, (count) => {
        node.periods = { ...node.periods, count };
      }),
      select(UNITS.map((one) => [one, say(`unit_${one}`)]), node.periods.unit, (unit) => edit(() => {
        node.periods = { ...node.periods, unit };
      }, "unit"), mark("unit")),
    ],
    (end || node.periods) && times(language, node, edit, mark),
  ];
}

function times(language, node, edit, mark) {
  const codes = language.relations[node.relation].of.filter((code) => language.attributes[code].type === "datetime");
  if (node.at && !codes.includes(node.at)) codes.push(node.at);
  const options = codes.map((code) => [code, say("by_time", { label: language.label({ attribute: code }) })]);
  const put = (code) => edit(() => {
    if (code) node.at = code;
    else delete node.at;
  }, "at");
  const all = [["", say("by_own_time")], ...options];
  return (node.at || options.length > 1) && select(all, node.at ?? "", put, mark("at"));
}
