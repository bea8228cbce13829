// The tree being edited: nodes of the language, each with an id.

import { History } from "./undo.js";

let last = 0;

export const isRows = (node) => "relation" in node;
export const isCondition = (node) => "attribute" in node;
export const isStep = (node) => isRows(node) && !node.aggregate;
export const childrenOf = (node) => node.conditions ?? node.steps ?? [];
export const isWhole = (node) => isCondition(node) || isRows(node) || Boolean(node.chain);
export const within = (node) => [node, ...childrenOf(node).flatMap(within)];
// The keys of a node's groups of its first or last rows, and of the customers it is compared with.
export const innerOf = (node) => ["first", "last", "among"].filter((key) => node[key]?.conditions);
export const endOf = (node) => ["last", "first"].find((end) => end in node);
export const isOn = (node) => !node.off && (!childrenOf(node).length || childrenOf(node).some(isOn));

export function isLine(node, inner = true) {
  if (isCondition(node)) return true;
  if (!isRows(node) || node.match !== "all") return false;
  return childrenOf(node).every((child) => isCondition(child) || (inner && isRows(child) && isLine(child, false)));
}

// What was refused is kept as { written: text }, with `typing` until its end.
export const isRefused = (value) => value?.written !== undefined;
export const isAgainst = ({ value }) => value?.attribute !== undefined;

export function isTree(node, isRoot = true) {
  if (node?.constructor !== Object || (isRoot && !node.match)) return false;
  const children = isCondition(node) ? [] : childrenOf(node);
  const groups = innerOf(node).map((key) => node[key]);
  return Array.isArray(children) && [...children, ...groups].every((child) => isTree(child, false));
}

// A number of first or last rows grows into a group without conditions.
// Steps stand in `conditions` of a `chain`, so that they are moved as conditions are.
export function grow(json, isOneStep = false) {
  const { id: _id, steps, ...rest } = structuredClone(json);
  const node = { id: `n${++last}`, ...rest };
  if (steps) node.chain = true;
  if (isRows(node)) {
    if (!isOneStep) node.aggregate ??= "exists";
    node.match ??= "all";
    const end = endOf(node);
    if (end && !node[end]?.conditions) node[end] = { rows: node[end]?.rows ?? node[end], conditions: [] };
  }
  for (const key of innerOf(node)) node[key] = { match: "all", ...grow(node[key]) };
  if (!isCondition(node)) node.conditions = (steps ?? childrenOf(node)).map((one) => grow(one, node.chain));
  return node;
}

export function plain({ id: _id, off, chain, ...node }, withOff) {
  if (off && withOff) node.off = off;
  if (node.value?.typing) node.value = { written: node.value.written };
  if (!isCondition(node)) {
    const kept = childrenOf(node).filter((child) => withOff || isOn(child));
    node.conditions = kept.map((child) => plain(child, withOff));
  }
  for (const key of innerOf(node)) {
    const group = plain(node[key], withOff);
    if (key !== "among" && !group.conditions.length) node[key] = group.rows;
    else if (withOff || isOn(node[key])) node[key] = group;
    else delete node[key];
  }
  if (isRows(node) && !node.conditions.length) {
    delete node.conditions;
    delete node.match;
  }
  return chain ? { ...(node.off && { off: true }), steps: node.conditions } : node;
}

export class Tree extends EventTarget {
  history = new History();

  constructor(json, relation = null) {
    super();
    this.relation = relation;
    this.root = grow(json);
  }

  get json() {
    return plain(this.root);
  }

  get whole() {
    return plain(this.root, true);
  }

  // Nodes with path (null: off), number ("2.1") and the rows around them.
  *places(node = this.root, place = { path: "", number: "", relation: this.relation }) {
    yield { ...place, node };
    const relation = isRows(node) ? node.relation : place.relation;
    for (const [index, key] of innerOf(node).entries()) {
      const isAmong = key === "among";
      yield* this.places(node[key], {
        path: place.path != null && isOn(node[key]) ? `${place.path}.${key}` : null,
        number: `${place.number}${"ab"[index]}`,
        parent: node,
        relation: isAmong ? place.relation : relation,
        isAmong: isAmong || place.isAmong,
        key,
      });
    }
    const list = node.chain ? "steps" : "conditions";
    let at = 0;
    for (const [index, child] of childrenOf(node).entries()) {
      yield* this.places(child, {
        path: place.path != null && isOn(child) ? `${place.path && `${place.path}.`}${list}[${at++}]` : null,
        number: `${place.number && `${place.number}.`}${index + 1}`,
        parent: node,
        relation,
        isAmong: place.isAmong,
        index,
      });
    }
  }

  find(id) {
    for (const place of this.places()) if (place.node.id === id) return place;
    return null;
  }

  // Undo leads to `changed`; `focus` is [id, part]; `quiet`: nothing is drawn.
  edit(act, { changed, tag, focus, quiet = false } = {}) {
    const before = JSON.stringify(this.root);
    act(this.root);
    if (before === JSON.stringify(this.root)) return;
    this.history.record(before, changed, tag);
    this.#tell({ focus, quiet });
  }

  travel(direction) {
    const step = this.history.travel(direction, JSON.stringify(this.root));
    if (!step) return false;
    const gone = this.find(step.changed);
    this.root = JSON.parse(step.tree);
    const group = gone?.parent && this.find(gone.parent.id)?.node;
    const there = this.find(step.changed)?.node ?? group?.conditions?.[gone.index] ?? group ?? this.root;
    this.#tell({ focus: [there.id, "row"] });
    return true;
  }

  #tell(detail) {
    this.dispatchEvent(new CustomEvent("edit", { detail }));
  }
}

export function canonical(value) {
  return JSON.stringify(value, (_, one) =>
    (one?.constructor === Object ? Object.fromEntries(Object.entries(one).sort()) : one));
}
