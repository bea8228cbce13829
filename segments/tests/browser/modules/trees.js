// Small trees, and how to name what is in them.

import { Tree, childrenOf, isCondition, isRows } from "/static/segments/builder/state.js";

export const leaf = (attribute, more = {}) => ({ attribute, operator: "is", value: "1", ...more });
export const group = (...conditions) => ({ match: "all", conditions });
export const any = (...conditions) => ({ match: "any", conditions });
export const rows = (relation, ...conditions) => ({ relation, aggregate: "exists", match: "all", conditions });

export const planted = (...conditions) => new Tree(group(...conditions));

// "all(a -b any(c) order:all(d))": -b is turned off.
export function sketch(node) {
  if (node instanceof Tree) return sketch(node.root);
  const off = node.off ? "-" : "";
  if (isCondition(node)) return off + node.attribute;
  const relation = isRows(node) ? `${node.relation}:` : "";
  return `${off}${relation}${node.match}(${childrenOf(node).map(sketch).join(" ")})`;
}

// The node at a number as people see it ("2.1"); "" is the root.
export const at = (tree, number) => [...tree.places()].find((place) => place.number === number).node;

export const ids = (tree) => [...tree.places()].map(({ node }) => node.id);

// What the tree tells of its edits, one after the other.
export function listening(tree) {
  const told = [];
  tree.addEventListener("edit", ({ detail }) => told.push(detail));
  return told;
}
