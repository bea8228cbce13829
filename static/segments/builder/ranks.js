// The controls of a rank: how many or how much, in which population and part of it.

import { select, unit } from "./dom.js";
import { grow } from "./state.js";
import { marks, say } from "./words.js";

const PARTS = ["website", "group", "store"];

export const isPlace = ({ measure }) => measure === "number" || measure === "percent";

export function ranked(at, numeric, one) {
  const { node, language } = at;
  const operator = language.operator(node);
  const about = (part) => Object.values(marks(node, part, at.name));
  const choice = (part, options, now, put) => select(options, now, put, marks(node, part, at.name));
  const kind = node.among?.conditions ? "customers" : node.among?.segment === undefined ? "scope" : "segment";
  const kinds = ["scope", ...(language.attributes.segment ? ["segment"] : []), "customers"];
  const isPercent = operator.measure === "percent";
  const figure = isPlace(operator)
    ? [numeric(node.value, at, at.change, ...about("value")), isPercent && unit("%")]
    : [numeric(node.times ?? "1", at, (times) => at.put({ times }), ...about("times"), {}), unit("×")];
  const of = { ...at, node: { id: node.id, attribute: "segment", operator: "is" } };
  return [
    figure,
    unit(say("of")),
    choice("among", kinds.map((name) => [name, say(`rank_${name}`)]), kind, (name) =>
      at.put({ among: { segment: { segment: "" }, customers: grow({ match: "all" }) }[name] }, "among")),
    kind === "segment" && one(of, node.among.segment, (segment) =>
      at.put({ among: { segment } }), ...about("segment")),
    choice("per", [["", say("rank_whole")], ...PARTS.map((name) => [`customer.${name}`, say(`rank_${name}`)])],
      node.per ?? "", (per) => at.put({ per: per || undefined }, "per")),
    isPlace(operator) && choice("ties", ["in", "out"].map((name) => [name, say(`rank_ties_${name}`)]),
      node.ties ?? "in", (ties) => at.put({ ties: ties === "out" ? ties : undefined }, "ties")),
  ];
}

// Leaves a node only what its operator takes.
export function settle(language, node) {
  const operator = language.operator(node);
  const isRank = operator?.takes === "rank";
  const unused = !isRank ? ["among", "per", "ties", "times"] : isPlace(operator) ? ["times"] : ["value", "ties"];
  for (const key of unused) delete node[key];
}
