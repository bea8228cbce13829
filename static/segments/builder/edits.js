// What can be done to the tree: add, remove, move, copy, wrap, join; and where the focus goes.

import { childrenOf, grow, isCondition, isRows } from "./state.js";

const groupIn = (root, id) => {
  const open = [root];
  for (const node of open) {
    if (node.id === id) return node;
    open.push(...childrenOf(node));
  }
  return null;
};

// Adds `json` at the end of the group and leads to the first thing to be filled in.
export function add(tree, groupId, json) {
  const node = grow(json);
  let inner = node;
  while (isRows(inner) && inner.conditions.length) inner = inner.conditions[0];
  const focus = isRows(inner) || isCondition(inner) ? [inner.id, "value"] : [inner.id, "add"];
  tree.edit((root) => groupIn(root, groupId).conditions.push(node), { changed: node.id, focus });
  return node;
}

export function remove(tree, id) {
  const { parent, index } = tree.find(id);
  const siblings = parent.conditions;
  const next = siblings[index + 1] ?? siblings[index - 1];
  tree.edit(() => siblings.splice(index, 1), {
    changed: id,
    focus: next ? [next.id, "remove"] : [parent.id, "add"],
  });
}

export function move(tree, id, by, part) {
  const { parent, index, node } = tree.find(id);
  const to = index + by;
  if (to < 0 || to >= parent.conditions.length) return false;
  tree.edit(() => {
    parent.conditions.splice(index, 1);
    parent.conditions.splice(to, 0, node);
  }, { changed: id, focus: [id, part] });
  return true;
}

export function duplicate(tree, id) {
  const { parent, index, node } = tree.find(id);
  const copy = grow(node);
  tree.edit(() => parent.conditions.splice(index + 1, 0, copy), { changed: copy.id, focus: [copy.id, "copy"] });
}

export function wrap(tree, id) {
  const { parent, index, node } = tree.find(id);
  const group = { ...grow({ match: "all", conditions: [] }), conditions: [node] };
  tree.edit(() => parent.conditions.splice(index, 1, group), { changed: id, focus: [id, "more"] });
}

// Takes a group's own brackets away.
export function unwrap(tree, id) {
  const { parent, index, node } = tree.find(id);
  tree.edit(() => parent.conditions.splice(index, 1, ...node.conditions), {
    changed: node.conditions[0]?.id ?? parent.id,
    focus: node.conditions.length ? [node.conditions[0].id, "more"] : [parent.id, "add"],
  });
}

export function moveInto(tree, id, groupId) {
  const { parent, index, node } = tree.find(id);
  tree.edit((root) => {
    parent.conditions.splice(index, 1);
    groupIn(root, groupId).conditions.push(node);
  }, { changed: id, focus: [id, "more"] });
}

// The groups that a node may move into: about the same rows, not itself nor below it.
export function targets(tree, id) {
  const here = tree.find(id);
  const below = new Set();
  const collect = (node) => {
    below.add(node.id);
    childrenOf(node).forEach(collect);
  };
  collect(here.node);
  return [...tree.places()].filter(({ node, relation }) =>
    !isCondition(node) && !below.has(node.id) && node !== here.parent
    && (isRows(node) ? node.relation : relation) === here.relation);
}

// Makes one relation group of siblings that each ask for some row of the same relation.
export function join(tree, groupId, ids, relation) {
  const { node: group } = tree.find(groupId);
  const first = group.conditions.find((child) => ids.includes(child.id));
  const parts = group.conditions.filter((child) => ids.includes(child.id));
  const rows = grow({ relation, aggregate: "exists", match: "all", conditions: [] });
  tree.edit(() => {
    group.conditions = group.conditions.flatMap((child) =>
      child === first ? [rows] : ids.includes(child.id) ? [] : [child]);
    rows.conditions = parts.flatMap((part) => (isRows(part) ? part.conditions : [part]));
  }, { changed: rows.id, focus: [rows.id, "aggregate"] });
}
