// Says why a customer is in or not, node by node.

import { call } from "./api.js";
import { ask, h, icon } from "./dom.js";
import { childrenOf, isCondition, isRows } from "./state.js";
import { moment, say } from "./words.js";

export async function explain({ page, body, customer, language }) {
  let content;
  let title = say("why_customer", { customer });
  try {
    const reply = await call("POST", page.urls.explain, { body: { ...body, customer } });
    title = say(reply.member ? "is_in" : "is_not_in", { customer: reply.customer?.name || customer });
    content = [
      reply.in_scope === false && h("p", { class: "sb-warning" }, say("out_of_scope")),
      reply.override && h("p", { class: "sb-warning" }, say(`by_hand_${reply.override}`)),
      reply.explanation && h("ul", { class: "sb-why" }, verdict(reply.explanation, language)),
      h("p", { class: "sb-hint" }, say("evaluated", { moment: moment(reply.as_of, page.timeZone) })),
    ].filter(Boolean);
  } catch (error) {
    content = h("p", {}, error.message);
  }
  await ask(title, content, [["", say("close")]]);
}

// What is asked of single rows says nothing of the customer.
function verdict(node, language, isPart) {
  return h("li", { class: isPart ? "sb-part" : node.holds ? "sb-holds" : "sb-fails" },
    icon(node.holds ? "yes" : "remove"),
    h("span", { class: "sb-visually-hidden" }, say(node.holds ? "holds" : "fails")),
    h("span", {}, ` ${language.words(node)} `),
    isCondition(node) || isRows(node) ? h("span", { class: "sb-actual" }, actual(node, language)) : "",
    childrenOf(node).length
      ? h("ul", {}, childrenOf(node).map((child) => verdict(child, language, isPart || isRows(node))))
      : "",
  );
}

function actual(node, language) {
  const { actual: found } = node;
  const shown = (value) => (value == null ? "–" : `${language.shown(node, value)} ${language.unit(node)}`.trim());
  const has = (value) => say("actual", { value: shown(value) });
  if (found == null || (Array.isArray(found) && !found.length)) return say("actual_none");
  if (typeof found !== "object" || Array.isArray(found)) return has(found);
  if (!("count" in found)) {
    const each = ([code, is]) => `${language.shown(node, code)}: ${language.shown(node, is)}`;
    return Object.entries(found).map(each).join(", ");
  }
  const known = (found.rows ?? []).filter((row) => row != null);
  const rows = known.map((row) => language.shown(node, row, isRows(node))).join("; ");
  const more = rows && `: ${rows}`;
  if ("value" in found) return `${has(found.value)}, ${say("actual_of_rows", { count: found.count })}${more}`;
  return say("actual_rows", { count: found.count }) + more;
}
