// What can be done to the tree, and where the focus goes.

import { grow, isCondition, isRows } from "./state.js";

export function add(tree, groupId, json) {
  const node = grow(json);
  let inner = node;
  while (isRows(inner) && inner.conditions.length) inner = inner.conditions[0];
  const focus = isRows(inner) || isCondition(inner) ? [inner.id, "value"] : [inner.id, "add"];
  const group = tree.find(groupId).node;
  tree.edit(() => group.conditions.push(node), { changed: node.id, focus });
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

export function unwrap(tree, id) {
  const { parent, index, node } = tree.find(id);
  tree.edit(() => parent.conditions.splice(index, 1, ...node.conditions), {
    changed: node.conditions[0]?.id ?? parent.id,
    focus: node.conditions.length ? [node.conditions[0].id, "more"] : [parent.id, "add"],
  });
}

export function moveInto(tree, id, groupId) {
  const { parent, index, node } = tree.find(id);
  const group = tree.find(groupId).node;
  tree.edit(() => {
    parent.conditions.splice(index, 1);
    group.conditions.push(node);
  }, { changed: id, focus: [id, "more"] });
}

// Groups of the same rows, or of rows that `fits` takes.
export function targets(tree, id, fits) {
  const here = tree.find(id);
  return [...tree.places()].filter(({ node, relation, number }) => {
    const rows = isRows(node) ? node.relation : relation;
    const isWithin = `${number}.`.startsWith(`${here.number}.`);
    return !isCondition(node) && !isWithin && node !== here.parent && (rows === here.relation || fits(rows));
  });
}

export function join(tree, groupId, ids, relation) {
  const group = tree.find(groupId).node;
  const parts = group.conditions.filter((child) => ids.includes(child.id));
  const rows = grow({ relation, aggregate: "exists", match: "all", conditions: [] });
  tree.edit(() => {
    group.conditions = group.conditions.flatMap((child) =>
      child === parts[0] ? [rows] : ids.includes(child.id) ? [] : [child]);
    rows.conditions = parts.flatMap((part) => (isRows(part) ? part.conditions : [part]));
  }, { changed: rows.id, focus: [rows.id, "aggregate"] });
}
