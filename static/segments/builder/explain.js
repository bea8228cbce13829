// Says why a customer is in or not.

import { call } from "./api.js";
import { ask, h, icon, warning } from "./dom.js";
import { childrenOf, isRows } from "./state.js";
import { moment, money, number, say } from "./words.js";

export async function explain({ body, customer, language }) {
  const { urls, timeZone } = language.page;
  let content;
  let title;
  try {
    const reply = await call("POST", urls.explain, { body: { ...body, customer } });
    title = say(reply.member ? "is_in" : "is_not_in", { customer: reply.customer?.name || customer });
    content = [
      warning(reply.in_scope === false && say("out_of_scope")),
      warning(reply.override && say(`by_hand_${reply.override}`)),
      reply.explanation && h("ul", { class: "sb-why" }, verdict(reply.explanation, language)),
      h("p", { class: "sb-hint" }, say("evaluated", { moment: moment(reply.as_of, timeZone) })),
    ];
  } catch (error) {
    title = error.message;
  }
  await ask(title, content, say("close"));
}

function verdict(node, language, isPart) {
  return h("li", { class: isPart ? "sb-part" : node.holds ? "sb-holds" : "sb-fails" },
    icon(node.holds ? "yes" : "remove"),
    h("span", { class: "sb-visually-hidden" }, say(node.holds ? "holds" : "fails")),
    h("span", {}, ` ${language.words(node)} `),
    found(node, language),
    childrenOf(node).length > 0
      && h("ul", {}, childrenOf(node).map((child) => verdict(child, language, isPart || isRows(node)))),
  );
}

function found({ because, actual, ...node }, language) {
  const rows = [actual?.chain === undefined ? actual?.rows : actual.chain].flat()
    .filter((row) => row != null)
    .map((row) => language.shown(node, row, isRows(node)));
  const place = placed(actual, node, language);
  const text = [because, rows.join("; ")].filter(Boolean).join(": ") + (place && ` (${place})`);
  return text && h("span", { class: "sb-actual" }, text);
}

// The figure of a rank, with its place among the others, or their average or median.
function placed(actual, node, language) {
  if (actual?.figure == null) return "";
  const unit = language.unit(node);
  const shown = (one) => (language.typeOf(node) === "money" ? money(one, unit)
    : [language.shown(node, one), unit].filter(Boolean).join(" "));
  const value = shown(actual.figure);
  if (actual.rank) return say("placed", { value, rank: number(actual.rank), size: number(actual.of) });
  const name = ["average", "median"].find((one) => actual[one] != null);
  return name ? say(`beside_${name}`, { value, amount: shown(actual[name]) }) : value;
}
