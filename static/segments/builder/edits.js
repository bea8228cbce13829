// What can be done to the tree.

import { grow, isCondition, isRows, isWhole, within } from "./state.js";

export function add(tree, groupId, json, isIncomplete = () => false) {
  const group = tree.find(groupId).node;
  const node = grow(json, group.chain);
  // A group of all needs no group of all.
  const isLoose = !isWhole(node) && node.match === "all" && group.match === "all" && !isRows(group);
  const added = isLoose && node.conditions.length ? node.conditions : [node];
  const at = added.flatMap(within).find((one) => isWhole(one) && isIncomplete(one)) ?? innermost(added[0]);
  const focus = [at.id, isWhole(at) ? "value" : "add"];
  tree.edit(() => group.conditions.push(...added), { changed: added[0].id, focus });
  return added[0];
}

const innermost = (node) => (isRows(node) && node.conditions.length ? innermost(node.conditions[0]) : node);

function replace(tree, { parent, index }, nodes, changed, focus) {
  tree.edit(() => parent.conditions.splice(index, 1, ...nodes), { changed, focus });
}

export function remove(tree, id) {
  const place = tree.find(id);
  const { parent, index, key, node } = place;
  const next = parent.conditions?.[index + 1] ?? parent.conditions?.[index - 1];
  if (key === "among") tree.edit(() => { delete parent.among; }, { changed: parent.id, focus: [parent.id, key] });
  else if (key) tree.edit(() => { node.conditions = []; }, { changed: id, focus: [id, "add"] });
  else replace(tree, place, [], id, next ? [next.id, "remove"] : [parent.id, "add"]);
}

export function move(tree, id, by, part) {
  const { parent, index, node } = tree.find(id);
  const to = index + by;
  if (!(to >= 0 && to < parent.conditions.length)) return false;
  tree.edit(() => {
    parent.conditions.splice(index, 1);
    parent.conditions.splice(to, 0, node);
  }, { changed: id, focus: [id, part] });
  return true;
}

export function duplicate(tree, id) {
  const place = tree.find(id);
  const copy = grow(place.node, place.parent.chain);
  replace(tree, place, [place.node, copy], copy.id, [copy.id, "more"]);
}

export function wrap(tree, id) {
  const place = tree.find(id);
  const group = { ...grow({ match: "all", conditions: [] }), conditions: [place.node] };
  replace(tree, place, [group], id, [id, "more"]);
}

export function unwrap(tree, id) {
  const place = tree.find(id);
  const { parent, node: { conditions } } = place;
  const first = conditions[0]?.id;
  replace(tree, place, conditions, first ?? parent.id, first ? [first, "more"] : [parent.id, "add"]);
}

export function moveInto(tree, id, groupId) {
  const { parent, index, node } = tree.find(id);
  const group = tree.find(groupId).node;
  tree.edit(() => {
    parent.conditions.splice(index, 1);
    group.conditions.push(node);
  }, { changed: id, focus: [id, "more"] });
}

export function targets(tree, id, fits) {
  const here = tree.find(id);
  const own = [...tree.places(here.node)].map(({ node }) => node);
  return [...tree.places()].filter(({ node, relation }) => {
    const rows = isRows(node) ? node.relation : relation;
    const takesNodes = !isCondition(node) && !node.chain && !own.includes(node);
    return takesNodes && node !== here.parent && (rows === here.relation || fits(rows));
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
