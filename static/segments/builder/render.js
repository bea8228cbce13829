// Draws the tree.

import { Combobox, filtered } from "./combobox.js";
import { button, h, icon, select, tool } from "./dom.js";
import * as edits from "./edits.js";
import { isAgainst, isCondition, isRows } from "./state.js";
import { valueControls } from "./values.js";
import { changeAttribute, changeFigure, changeOperator } from "./fitting.js";
import { say, sayWith } from "./words.js";

const marks = ({ id }, part, name) => ({ "aria-label": say(`${part}_of`, { name }), "data-key": `${id}:${part}` });

export class Renderer {
  constructor({ host, tree, language, suggestions, tell }) {
    Object.assign(this, { host, tree, language, suggestions, tell });
    this.remarks = new Map();
  }

  draw(focus) {
    this.#locate();
    this.host.replaceChildren(this.#group(this.places.get(this.tree.root.id)));
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

  // Says of each control whether what it holds is refused, and where it stands why.
  #mark(spot) {
    const id = spot.dataset.notes;
    const { node } = this.places.get(id);
    const problems = this.problems?.get(id) ?? [];
    const wrong = [...this.language.refusals(node).map(([part]) => part), ...problems.map(({ part }) => part)];
    for (const control of this.host.querySelectorAll(`[data-key^="${id}:"]`)) {
      const part = control.dataset.key.split(":")[1];
      // A pair is refused as a whole.
      const isWrong = wrong.includes(part) || (part === "to" && problems.some((one) => one.part === "value"));
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
    const row = this.host.querySelector(`[data-node="${id}"]`);
    const first = part === "row" ? [] : [part, "value", "operator"];
    const keys = [...first, "attribute", "aggregate", "match"];
    const key = keys.find((one) => row?.querySelector(`[data-key="${id}:${one}"]`));
    row?.querySelector(`[data-key="${id}:${key}"]`)?.focus();
  }

  name({ node, number }) {
    if (isCondition(node) || isRows(node)) return say("condition_name", { number, label: this.language.label(node) });
    return number ? say("group_name", { number }) : say("root_name");
  }

  #node(place) {
    return isCondition(place.node) ? this.#condition(place) : this.#group(place);
  }

  #condition(place) {
    const { node } = place;
    const name = this.name(place);
    return h("div", {
      class: "sb-node sb-condition", "data-node": node.id, "data-off": place.path === null,
      role: "group", "aria-label": name,
    },
      h("div", { class: "sb-row" },
        this.#number(place),
        h("div", { class: "sb-controls" }, this.#attribute(place, name), ...this.#compared(place, name)),
        this.#tools(place, name),
      ),
      ...this.#below(node),
    );
  }

  #group(place) {
    const { node, relation, number } = place;
    const name = this.name(place);
    const kind = isRows(node) ? "sb-rows" : "sb-group";
    const inner = isRows(node) ? node.relation : relation;
    return h("fieldset", { class: `sb-node ${kind}`, "data-node": node.id, "data-off": place.path === null },
      h("legend", { class: "sb-visually-hidden" }, name),
      h("div", { class: "sb-row" },
        number && this.#number(place),
        h("div", { class: "sb-controls" },
          isRows(node) ? this.#figure(place, name) : sayWith("if_match", { match: this.#match(node, name) })),
        number && this.#tools(place, name),
      ),
      h(isRows(node) ? "div" : "p", { class: "sb-meaning" }, this.#meaning(place, name)),
      ...(number ? this.#below(node) : []),
      h("ol", { class: "sb-children" }, node.conditions.map((child, index) => h("li", {},
        index ? h("span", { class: "sb-join" }, say(`join_${node.match}`)) : "",
        this.#node(this.places.get(child.id)),
      ))),
      this.language.otherRows(node, relation).map(([rows, nodes]) => this.#sameRow(node, rows, nodes)),
      this.#adding(place, inner, name),
    );
  }

  // What a group asks of what stands in it.
  #meaning({ node, number }, name) {
    const { conditions, match } = node;
    if (!isRows(node)) {
      return conditions.length || number ? this.language.matches[match]?.meaning ?? "" : say("empty");
    }
    const note = this.language.aggregates[node.aggregate]?.note;
    if (!conditions.length) return note || say("every_row");
    if (conditions.length < 2 && match === "all") return say("where_one");
    const same = this.language.relations[node.relation]?.same ?? "";
    return sayWith("where_match", { match: this.#match(node, name), same });
  }

  // What of its values is not known; not while one is being typed.
  #unknown(node) {
    const isTyped = !Array.isArray(node.value) && document.activeElement?.dataset.key === `${node.id}:value`;
    const isUnknown = (value) => value && this.suggestions.isUnknown(this.language.valued(node), value);
    const values = isTyped ? [] : [node.value].flat().filter(isUnknown);
    const codes = values.slice(0, 5).map((value) => `“${value}”`).join(", ");
    return values.length && h("span", { class: "sb-problem" },
      say("unknown_values", { label: this.language.label(node), codes }));
  }

  #number({ number }) {
    return h("span", { class: "sb-position", "aria-hidden": "true" }, number);
  }

  #below({ id }) {
    return [
      h("div", { class: "sb-notes", id: `sb-notes-${id}`, "data-notes": id }),
      h("div", { class: "sb-chip", "data-chip": id }),
    ];
  }

  #match(node, name) {
    return select(Object.values(this.language.matches).map((one) => [one.name, one.label]), node.match, (match) =>
      this.#edit(node, () => { node.match = match; }, "match"), marks(node, "match", name));
  }

  #edit(node, act, part, tag) {
    this.tree.edit(act, { changed: node.id, focus: part && [node.id, part], tag, quiet: !part });
  }

  #attribute(place, name) {
    const { node, relation } = place;
    return new Combobox({
      label: say("attribute_of", { name }), key: `${node.id}:attribute`,
      text: (!relation && this.language.attributes[node.attribute]?.title) || this.language.label(node),
      search: (text) => filtered(this.language.menu(relation, { nodes: false }), text),
      pick: ({ value }) => this.#edit(node, () => {
        const said = changeAttribute(this.language, node, value);
        this.remarks = new Map([[node.id, said]]);
        if (said) this.tell(said);
      }, "value"),
    }).element;
  }

  #operator(place, name) {
    const { node } = place;
    const operators = this.language.operators(node);
    const options = operators.map((operator) => [operator.name, operator.label.replace("%(value)s", "…")]);
    if (!operators.some((one) => one.name === node.operator)) {
      options.unshift([node.operator ?? "", node.operator ?? say("choose")]);
    }
    return select(options, node.operator ?? "", (operator) => this.#edit(node, () => {
      changeOperator(this.language, node, operator);
    }, "operator"), marks(node, "operator", name));
  }

  #compared(place, name) {
    return [this.#operator(place, name), h("div", { class: "sb-value" }, this.#value(place, name))];
  }

  #value(place, name) {
    const { node, relation } = place;
    return valueControls({
      node, name, language: this.language, suggestions: this.suggestions,
      others: () => this.language.others(node, relation),
      change: (value) => this.#edit(node, () => { node.value = value; }, null, `value ${node.id}`),
      enter: () => this.#goOn(place),
      tell: this.tell,
      left: async () => {
        const valued = this.language.valued(node);
        const isText = typeof node.value === "string";
        if (this.suggestions.hasList(valued) && isText) await this.suggestions.known(valued, [node.value]);
        this.note();
      },
    });
  }

  #goOn({ parent }) {
    if (isRows(parent)) this.#goOn(this.places.get(parent.id));
    else this.focus(parent.id, "add");
  }

  #figure(place, name) {
    const { node } = place;
    const aggregate = this.language.aggregates[node.aggregate];
    const change = (key) => (value) => this.#edit(node, () => changeFigure(this.language, node, key, value), key);
    const choice = (key, options) => select(options, node[key] ?? "", change(key), marks(node, key, name));
    const aggregates = this.language.asked(node.relation).map((one) => [one.name, one.label]);
    const figures = aggregate?.needs_of ? this.language.figures(node.relation, aggregate) : [];
    const options = [["", say("choose")], ...figures.map((one) => [one.code, one.label])];
    return [
      h("strong", {}, say("rows_of", { rows: this.language.label(node) })),
      choice("aggregate", aggregates),
      ...(aggregate?.needs_of ? [h("span", {}, say("of")), choice("of", options)] : []),
      ...(aggregate?.compares && this.language.typeOf(node) ? this.#compared(place, name) : []),
    ];
  }

  #tools(place, name) {
    const { node, parent, index } = place;
    const own = (icon, part, act, more) =>
      tool(icon, say(part, { name }), act, { "data-key": `${node.id}:${icon}`, ...more });
    const move = (icon, part, by, end) => own(icon, part, () => {
      if (!edits.move(this.tree, node.id, by, icon)) this.tell(say("at_the_end"));
    }, { "aria-disabled": String(index === end) });
    return h("div", { class: "sb-tools" },
      move("up", "move_up", -1, 0),
      move("down", "move_down", 1, parent.conditions.length - 1),
      own("copy", "duplicate", () => edits.duplicate(this.tree, node.id)),
      this.#more(place, name),
      own("remove", "remove", () => {
        edits.remove(this.tree, node.id);
        this.tell(say("removed", { name }));
      }),
    );
  }

  #more(place, name) {
    const menu = h("div", { class: "sb-menu" });
    const label = say("more", { name });
    const marks = { "data-key": `${place.node.id}:more`, "aria-label": label, title: label };
    const details = h("details", {
      class: "sb-more",
      toggle: () => details.open && menu.replaceChildren(...this.#menu(place).filter(Boolean)),
      focusout: ({ relatedTarget }) => { if (!details.contains(relatedTarget)) details.open = false; },
      keydown: (event) => {
        if (event.key !== "Escape" || !details.open) return;
        event.stopPropagation();
        details.open = false;
        details.firstChild.focus();
      },
    },
    h("summary", { class: "sb-tool", ...marks }, icon("more")),
    menu);
    return details;
  }

  #menu({ node, relation }) {
    const others = isCondition(node) ? this.language.others(node, relation) : [];
    const against = isAgainst(node);
    const fits = (rows) => rows && this.language.fits({ code: node.attribute }, rows);
    const targets = edits.targets(this.tree, node.id, fits);
    return [
      button(say(node.off ? "turn_on" : "turn_off"), () => this.#edit(node, () => { node.off = !node.off; }, "more")),
      button(say("wrap"), () => edits.wrap(this.tree, node.id)),
      !isCondition(node) && !isRows(node) ? button(say("unwrap"), () => edits.unwrap(this.tree, node.id)) : "",
      others.length ? button(say(against ? "against_value" : "against_field"), () => this.#edit(node, () => {
        node.value = against ? null : { attribute: "" };
      }, "value")) : "",
      ...targets.map((target) => button(say("move_into", { name: this.name(target) }), () =>
        edits.moveInto(this.tree, node.id, target.node.id))),
    ];
  }

  #adding(place, relation, name) {
    const { node } = place;
    return h("div", { class: "sb-adding" },
      new Combobox({
        label: say("add_to", { name }), key: `${node.id}:add`,
        placeholder: say(isRows(node) ? "narrow" : "add_condition"),
        search: (text) => filtered(this.language.menu(relation), text),
        pick: (option) => {
          const added = edits.add(this.tree, node.id, option.make());
          this.tell(say("added", { name: this.name(this.places.get(added.id)) }));
        },
      }).element,
      button(say("add_group"), () => edits.add(this.tree, node.id, { match: "all", conditions: [] }), {
        class: "sb-quiet", "aria-label": say("add_group_to", { name }),
      }),
    );
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
    const notes = [this.remarks.get(node.id), ...wrong];
    if (this.language.isIncomplete(node, !number)) {
      const missing = isCondition(node) || isRows(node) ? "missing_value" : "missing_conditions";
      notes.push(h("span", { class: "sb-missing" }, say(missing)));
    }
    if (!isCondition(node)) return notes;
    notes.push(this.#unknown(node));
    notes.push(this.language.dateOf(node));
    const operator = this.language.operator(node);
    const attribute = this.language.attributes[node.attribute];
    if (operator?.negates && attribute?.relation && !relation && !this.language.isIncomplete(node)) {
      notes.push(say("negative", {
        rows: this.language.relations[attribute.relation].label,
        condition: this.language.words({ ...node, operator: operator.negates }),
      }));
    }
    return notes;
  }
}
