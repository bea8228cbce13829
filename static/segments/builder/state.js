// The tree being edited: nodes as in the language, each with an id; every change is one step.

import { History } from "./undo.js";

let last = 0;

export const isRows = (node) => "relation" in node;
export const isCondition = (node) => "attribute" in node;
export const childrenOf = (node) => node.conditions ?? [];

// Whether something read from JSON has the shape of a tree, so that it can be shown at all.
export function isTree(value, root = true) {
  if (!value || typeof value !== "object" || Array.isArray(value)) return false;
  if (isCondition(value)) return !root && typeof value.attribute === "string";
  if (root ? isRows(value) : !isRows(value) && !("match" in value)) return false;
  return Array.isArray(value.conditions ?? (root ? null : [])) && childrenOf(value).every((child) => isTree(child, false));
}

// A copy with ids of its own.
export function grow(json) {
  const { id, ...rest } = structuredClone(json);
  const node = { id: `n${++last}`, ...rest };
  if (isRows(node)) {
    node.aggregate ??= "exists";
    node.match ??= "all";
  }
  if (!isCondition(node)) node.conditions = childrenOf(node).map(grow);
  return node;
}

// The node as the language writes it.
export function plain({ id, ...node }) {
  if (!isCondition(node)) node.conditions = childrenOf(node).map(plain);
  if (isRows(node) && !node.conditions.length) {
    delete node.conditions;
    delete node.match;
  }
  return node;
}

export class Tree extends EventTarget {
  history = new History();

  constructor(json) {
    super();
    this.root = grow(json);
  }

  get json() {
    return plain(this.root);
  }

  // Every node with where it stands: the path of the language, its number as read ("2.1"), the
  // relation whose rows it is about (null: the customer).
  *places(node = this.root, place = { path: "", number: "", relation: null, depth: 1 }) {
    yield { ...place, node };
    const relation = isRows(node) ? node.relation : place.relation;
    for (const [index, child] of childrenOf(node).entries()) {
      yield* this.places(child, {
        path: `${place.path && `${place.path}.`}conditions[${index}]`,
        number: `${place.number && `${place.number}.`}${index + 1}`,
        parent: node,
        depth: place.depth + 1,
        relation,
        index,
      });
    }
  }

  find(id) {
    for (const place of this.places()) if (place.node.id === id) return place;
    return null;
  }

  // Changes the tree by `act(root)`. `changed` is the id that undoing comes back to, `focus` the
  // [id, part] that is to have the focus, `quiet` says that what is on the screen is right already.
  edit(act, { changed, tag, focus, quiet = false } = {}) {
    const before = JSON.stringify(this.root);
    act(this.root);
    if (before === JSON.stringify(this.root)) return;
    this.history.record(before, changed, tag);
    this.#tell({ focus, quiet });
  }

  undo() {
    return this.#travel("undo");
  }

  redo() {
    return this.#travel("redo");
  }

  #travel(direction) {
    const step = this.history[direction](JSON.stringify(this.root));
    if (!step) return false;
    const gone = this.find(step.changed);
    this.root = JSON.parse(step.tree);
    const there = this.find(step.changed) ?? (gone?.parent && this.find(childrenOf(this.find(gone.parent.id)?.node ?? {})[gone.index]?.id ?? gone.parent.id));
    this.#tell({ focus: [(there?.node ?? this.root).id, "row"] });
    return true;
  }

  #tell(detail) {
    this.dispatchEvent(new CustomEvent("edit", { detail }));
  }
}

// The same text for everything that says the same.
export function canonical(value) {
  return JSON.stringify(value, (_, one) => (one && typeof one === "object" && !Array.isArray(one)
    ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one));
}
