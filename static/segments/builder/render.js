// Draws the tree in rows and boxes.

import { Combobox, filtered } from "./combobox.js";
import { button, h, tool } from "./dom.js";
import * as edits from "./edits.js";
import { changeFigure } from "./fitting.js";
import { figure, line, match, remover } from "./line.js";
import { item, menu } from "./menu.js";
import { named } from "./named.js";
import { endOf, innerOf, isAgainst, isCondition, isLine, isRows, isWhole, within } from "./state.js";
import { isFull, joint, offered } from "./steps.js";
import { mayBeLimited, turnLimit } from "./time.js";
import { listed, say, sayWith } from "./words.js";

export class Renderer {
  remarks = new Map();
  opened = new Set();
  folded = new Set();

  constructor(parts) {
    Object.assign(this, parts);
    this.host.addEventListener("keydown", (event) => this.#press(event));
  }

  draw(focus) {
    this.#locate();
    this.host.replaceChildren(this.#box(this.places.get(this.tree.root.id)));
    this.note();
    if (focus) this.focus(...focus);
  }

  note() {
    this.#locate();
    for (const spot of this.host.querySelectorAll("[data-notes]")) {
      const notes = this.#notes(this.places.get(spot.dataset.notes)).filter(Boolean);
      if (notes.length || spot.firstChild) spot.replaceChildren(...notes.map((text) => h("p", {}, text)));
      this.#mark(spot);
    }
  }

  #mark(spot) {
    const id = spot.dataset.notes;
    const { node } = this.places.get(id);
    const problems = this.problems?.get(id) ?? [];
    // A pair is refused as a whole.
    const wrong = [
      ...this.language.refusals(node).map(([part]) => part),
      ...problems.flatMap(({ part }) => (part === "value" ? ["value", "to"] : part === "rows" ? "count" : part)),
    ];
    for (const control of this.host.querySelectorAll(`[data-key^="${id}:"]`)) {
      const isWrong = wrong.includes(control.dataset.key.split(":")[1]);
      if (!isWrong && !control.ariaInvalid) continue;
      control.ariaInvalid = isWrong ? "true" : null;
      if (isWrong) control.setAttribute("aria-describedby", spot.id);
      else control.removeAttribute("aria-describedby");
    }
  }

  #locate() {
    this.places = new Map([...this.tree.places()].map((place) => [place.node.id, place]));
  }

  focus(id, part) {
    if (this.#unfold(id)) this.draw();
    const first = part === "row" ? [] : [part, "value", "salt", "count", "operator"];
    const keys = [...first, "attribute", "aggregate", "match", "fold", "add"];
    const control = (key) => this.host.querySelector(`[data-key="${id}:${key}"]`);
    control(keys.find(control))?.focus();
  }

  #unfold(id) {
    const above = [];
    for (let at = this.places.get(id)?.parent; at; at = this.places.get(at.id)?.parent) above.push(at.id);
    return above.filter((one) => this.folded.delete(one)).length > 0;
  }

  name({ node, number }) {
    if (isWhole(node)) return say("condition_name", { number, label: this.language.label(node) });
    return number ? say("group_name", { number }) : say("root_name");
  }

  edit(node, act, part, tag) {
    this.tree.edit(act, { changed: node.id, focus: part && [node.id, part], tag, quiet: !part });
  }

  remove(place) {
    const name = this.name(place);
    edits.remove(this.tree, place.node.id);
    this.tell(say("removed", { name }));
  }

  move(id, by, part) {
    if (!edits.move(this.tree, id, by, part)) this.tell(say("at_the_end"));
  }

  goOn({ node, parent }) {
    if (isRows(parent) || isCondition(parent)) {
      const lacking = this.#lacking(parent, node);
      if (lacking) this.focus(lacking.id, "value");
      else this.goOn(this.places.get(parent.id));
      return;
    }
    this.#addTo(parent);
  }

  #addTo(branch) {
    this.focus(branch.id, "add");
    this.host.querySelector(`[data-key="${branch.id}:add"]`).dispatchEvent(new Event("offer"));
  }

  #lacking(branch, but) {
    return within(branch).find((one) => one !== but && this.language.isIncomplete(one));
  }

  #node(place) {
    const { node } = place;
    const isRow = isCondition(node) || (isLine(node) && !this.opened.has(node.id));
    return isRow ? this.#row(place) : this.#box(place);
  }

  #row(place) {
    const { node } = place;
    const name = this.name(place);
    return h("div", {
      class: `sb-node sb-condition${isRows(node) ? " sb-rows" : ""}`,
      "data-node": node.id, "data-off": place.path === null, role: "group", "aria-label": name,
    },
      h("div", { class: "sb-row" },
        this.#number(place),
        h("div", { class: "sb-controls" }, line(this, place)),
        h("div", { class: "sb-chip", "data-chip": node.id }),
        this.#tools(place, name),
      ),
      within(node).map((one) => [this.#spot(one.id), this.#inner(one)]),
    );
  }

  #inner(node) {
    return innerOf(node).map((key) => node[key]).map(({ id, rows, conditions }) =>
      (rows && !conditions.length ? this.#spot(id) : this.#box(this.places.get(id))));
  }

  #box(place) {
    const { node, relation, number, key } = place;
    const name = this.name(place);
    const isFolded = this.folded.has(node.id);
    const kind = isRows(node) ? "sb-rows" : "sb-group";
    const isAbove = key === "among" || !(number || this.tree.relation);
    return h("fieldset", {
      class: `sb-node sb-box ${kind}`, "data-node": node.id, "data-off": place.path === null, "data-inner": key,
    },
      h("legend", { class: "sb-visually-hidden" }, name),
      h("div", { class: "sb-row" },
        number && this.#fold(place, name),
        number && this.#number(place),
        h("div", { class: "sb-controls" },
          isRows(node) ? figure(this, place, name)
            : node.chain ? h("strong", { class: "sb-subject" }, say("in_order"))
            : sayWith(isAbove ? "who_match" : key ? "of_those_match" : "if_match", { match: match(this, node, name) })),
        number && h("div", { class: "sb-chip", "data-chip": node.id }),
        number && this.#tools(place, name),
      ),
      number && this.#spot(node.id),
      this.#inner(node),
      isFolded
        ? h("p", { class: "sb-meaning" }, node.conditions.map((child) => this.language.words(child)).join(" · "))
        : this.#inside(place, isRows(node) ? node.relation : relation, name),
    );
  }

  #inside(place, relation, name) {
    const { node } = place;
    return [
      h(isRows(node) ? "div" : "p", { class: "sb-meaning" }, this.#meaning(place, name)),
      h("ol", { class: "sb-children" }, node.conditions.map((child, index) => h("li", {},
        index > 0 && h("span", { class: "sb-join" }, node.chain ? joint(child) : say(`join_${node.match}`)),
        this.#node(this.places.get(child.id)),
      ))),
      this.language.otherRows(node, place.relation).map(([rows, nodes]) => this.#sameRow(node, rows, nodes)),
      !isFull(node, this.language) && h("div", { class: "sb-adding" },
        this.adding(place, relation),
        !node.chain && button(say("add_group"), () => edits.add(this.tree, node.id, { match: "all", conditions: [] }), {
          class: "sb-quiet", "aria-label": say("add_group_to", { name }),
        })),
    ];
  }

  #meaning({ node, number }, name) {
    const { conditions } = node;
    if (!isRows(node)) {
      if (!conditions.length && !number) return say("empty");
      return /^(all|any)$/.test(node.match) ? "" : this.language.matches[node.match]?.meaning ?? "";
    }
    if (!conditions.length) return say("every_row");
    const same = this.language.relations[node.relation]?.same ?? "";
    return sayWith("where_match", { match: match(this, node, name), same });
  }

  #fold({ node }, name) {
    const isFolded = this.folded.has(node.id);
    return tool("fold", say(isFolded ? "unfold" : "fold", { name }), () => {
      if (!this.folded.delete(node.id)) this.folded.add(node.id);
      this.#redraw(node.id, "fold");
    }, { class: "sb-tool sb-fold", "data-key": `${node.id}:fold`, "aria-expanded": String(!isFolded) });
  }

  #redraw(id, part) {
    this.draw([id, part]);
    this.host.dispatchEvent(new Event("drawn"));
  }

  #unknown(node) {
    const isTyped = !Array.isArray(node.value) && document.activeElement?.dataset.key === `${node.id}:value`;
    const values = isTyped ? [] : this.suggestions.unknownOf(node);
    const codes = listed(values.slice(0, 5));
    return values.length && h("span", { class: "sb-problem" },
      say("unknown_values", { label: this.language.label(node), codes }));
  }

  #number({ number }) {
    return h("span", { class: "sb-position", "aria-hidden": "true" }, number);
  }

  #spot(id) {
    return h("div", { class: "sb-notes", id: `sb-notes-${id}`, "data-notes": id });
  }

  #tools(place, name) {
    const { id } = place.node;
    return h("div", { class: "sb-tools" },
      !place.key && menu(say("more", { name }), `${id}:more`, () => this.#menu(place)),
      remover(this, place, name),
    );
  }

  #menu({ node, relation, parent, index }) {
    const { tree, language } = this;
    const others = isCondition(node) ? language.others(node, relation) : [];
    const against = isAgainst(node);
    const isOpen = this.opened.has(node.id);
    const fits = (rows) => rows && language.fits({ code: node.attribute }, rows);
    const show = () => {
      if (!this.opened.delete(node.id)) this.opened.add(node.id);
      this.#redraw(node.id, "more");
    };
    return [
      isRows(node) && isLine(node) && item(say(isOpen ? "as_line" : "as_boxes"), show),
      isRows(node) && mayBeLimited(language, { node, relation }) && item(
        say(endOf(node) ? "all_rows" : "some_rows"),
        () => this.edit(node, () => turnLimit(node), endOf(node) ? "more" : "end"),
      ),
      item(say("move_up"), () => this.move(node.id, -1, "more"), index === 0),
      item(say("move_down"), () => this.move(node.id, 1, "more"), index === parent.conditions.length - 1),
      item(say("duplicate"), () => edits.duplicate(tree, node.id)),
      item(say(node.off ? "turn_on" : "turn_off"), () => this.edit(node, () => { node.off = !node.off; }, "more")),
      !parent.chain && item(say("wrap"), () => edits.wrap(tree, node.id)),
      !isWhole(node) && item(say("unwrap"), () => edits.unwrap(tree, node.id)),
      others.length > 0 && item(say(against ? "against_value" : "against_field"), () => this.edit(node, () => {
        node.value = against ? null : { attribute: "" };
      }, "value")),
      ...(parent.chain ? [] : edits.targets(tree, node.id, fits)).map((target) =>
        item(say("move_into", { name: this.name(target) }), () => edits.moveInto(tree, node.id, target.node.id))
      ),
    ];
  }

  #press(event) {
    const [id, part] = event.target.dataset?.key?.split(":") ?? [];
    const place = this.places.get(id);
    const isRemoving = event.key === "Delete" && /^(more|remove|fold)$/.test(part);
    const goesOn = event.key === "Enter" && event.target.tagName === "SELECT" && place?.parent;
    if (!isRemoving && !goesOn) return;
    event.preventDefault();
    if (isRemoving) this.remove(place);
    else this.goOn(place);
  }

  adding(place, relation, placeholder) {
    const { node } = place;
    const name = this.name(place);
    return new Combobox({
      label: say("add_to", { name }), key: `${node.id}:add`,
      none: "no_row_found",
      placeholder: placeholder || say(isRows(node) ? "narrow" : node.chain ? "add_step" : "add_condition"),
      search: (text) => {
        if (node.chain) return filtered(offered(this.language), text);
        const found = filtered([...this.#often(node), ...this.language.menu(relation)], text);
        return found.length || relation ? found : named(this.language, text);
      },
      pick: (option) => {
        if (option.act) {
          this.edit(node, option.act, "value");
          return;
        }
        const added = edits.add(this.tree, node.id, option.make(), (one) => this.language.isIncomplete(one));
        this.tell(say("added", { name: this.name(this.places.get(added.id)) }));
        if (document.activeElement.tagName === "SELECT" && !this.#lacking(added)) this.#addTo(node);
        else document.activeElement.dispatchEvent(new Event("offer"));
      },
    }).element;
  }

  #often(node) {
    if (node.aggregate !== "exists") return [];
    const isNested = Boolean(this.places.get(node.id).relation);
    const words = this.language.verb(node.relation, "count", isNested);
    if (!words) return [];
    const act = () => {
      changeFigure(this.language, node, "aggregate", "count");
      Object.assign(node, { operator: "gte", value: 2 });
    };
    const label = say("or_more", { text: words.join(" … ").trim() });
    return [[say("how_often"), [{ label, words: say("often_keywords"), act }]]];
  }

  #sameRow(group, relation, nodes) {
    const { label, same } = this.language.relations[relation];
    const ids = nodes.map(({ id }) => id);
    const numbers = ids.map((id) => this.places.get(id).number).join(", ");
    const join = () => edits.join(this.tree, group.id, ids, relation);
    return h("div", { class: "sb-hint-box" },
      h("span", {}, say("each_another", { rows: label, numbers })),
      button(say("make_same", { same }), join, { class: "button" }),
    );
  }

  #notes({ node, relation, number, path }) {
    if (path === null) return [node.off && say("is_off")];
    const problems = (this.problems?.get(node.id) ?? []).map(({ message }) => message);
    const refusals = this.language.refusals(node).map(([, text]) => text);
    const wrong = [...problems, ...refusals].map((text) => h("strong", { class: "sb-problem" }, text));
    const isIncomplete = this.language.isIncomplete(node, !number);
    const lacks = isWhole(node) ? "missing_value" : "missing_conditions";
    const notes = [
      this.remarks.get(node.id), ...wrong,
      isIncomplete && h("span", { class: "sb-missing" }, say(lacks)),
      isRows(node) && this.language.aggregates[node.aggregate]?.note,
    ];
    if (!isCondition(node)) return notes;
    const { negates } = this.language.operator(node) ?? {};
    const rows = this.language.relations[this.language.attributes[node.attribute]?.relation]?.label;
    const condition = () => this.language.words({ ...node, operator: negates });
    return [
      ...notes, this.#unknown(node), this.language.dateOf(node),
      negates && rows && !relation && !isIncomplete && say("negative", { rows, condition: condition() }),
    ];
  }
}
