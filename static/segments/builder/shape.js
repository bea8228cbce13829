// What is one thought, and so one row.

import { childrenOf, isCondition, isRows } from "./state.js";

export function isLine(node, inner = true) {
  if (isCondition(node)) return true;
  if (!isRows(node) || node.match !== "all") return false;
  return childrenOf(node).every((child) => isCondition(child) || (inner && isRows(child) && isLine(child, false)));
}
