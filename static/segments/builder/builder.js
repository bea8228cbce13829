// The element in the form that holds the parts together.

import { call } from "./api.js";
import { ask, button, h, select, tool } from "./dom.js";
import { Draft } from "./draft.js";
import * as edits from "./edits.js";
import { explain } from "./explain.js";
import { Language } from "./language.js";
import { Panel, hideCounts, showCounts } from "./panel.js";
import { NoPreview, Preview } from "./preview.js";
import { Renderer } from "./render.js";
import { confirmSaving } from "./saving.js";
import { Tree, canonical, grow, isTree } from "./state.js";
import { Suggestions } from "./suggestions.js";
import { learn, moment, say } from "./words.js";

const SCOPE = ["applies_to", "websites", "customer_groups"];

// Undoes or redoes; in a text the browser does so itself.
const isUndoing = ({ ctrlKey, metaKey, key, target }) =>
  (ctrlKey || metaKey) && key.toLowerCase() === "z" && !target.matches("input, textarea");

class SegmentBuilder extends HTMLElement {
  async connectedCallback() {
    this.field = this.querySelector("textarea");
    this.form = this.field?.form;
    this.page = JSON.parse(this.querySelector("script").textContent);
    learn(this.page.strings);
    const { problems, urls } = this.page;
    // Nobody is counted by what is said of one row.
    this.preview = urls.preview ? new Preview(urls.preview, () => this.#question()) : new NoPreview();
    try {
      const json = JSON.parse(this.field.value);
      if (!isTree(json)) throw new SyntaxError("no tree");
      this.tree = new Tree(json, this.page.relation);
      // Counted while the language is on its way.
      if (!problems.length) this.preview.now();
      this.language = new Language(await call("GET", urls.conditions), this.page);
    } catch {
      this.dataset.plain = ""; // The field is what it is without this script.
      return;
    }
    this.suggestions = this.language.suggestions = new Suggestions(urls.values, this.language);
    await this.suggestions.learn(this.tree);
    this.savedCount = null;
    this.saved = this.page.saved && canonical(new Tree(this.page.saved).json);
    this.scopeAtFirst = canonical(this.#scope());
    this.#build();
    this.#listen();
    this.#offerDraft();
    this.#drawn({});
    if (problems.length) this.preview.now();
    else this.#previewed();
    this.#markProblems(problems);
    if (this.page.theirs) {
      this.#offer(say("theirs"), say("theirs_take"), () => this.#replace(this.page.theirs), () => {});
    }
  }

  #build() {
    const { starters: offered, urls } = this.page;
    document.body.classList.add("sb-on");
    this.field.hidden = true;
    this.status = h("div", { class: "sb-visually-hidden", role: "status", "aria-live": "polite" });
    this.sentence = h("p", { class: "sb-sentence" });
    this.banner = h("div", {});
    this.problems = h("div", {});
    this.host = h("div", { class: "sb-tree" });
    this.panel = urls.preview && new Panel(this.page, {
      count: () => this.preview.now(),
      cancel: () => this.preview.cancel(),
      explain: (customer) => this.#explain(customer),
      goTo: (id) => this.renderer.focus(id, "value"),
      at: (path) => this.#named(this.#at(path)),
    }, () => this.savedCount);
    const { host, tree, language, suggestions } = this;
    this.renderer = new Renderer({ host, tree, language, suggestions, tell: (text) => this.#tell(text) });
    [this.undo, this.redo] = ["undo", "redo"].map((name) => tool(name, say(name), () => this.#travel(name)));
    const named = offered.map(({ code, name }) => [code, name]);
    const starters = select([["", say("starters")], ...named], "", (code) => {
      starters.value = "";
      if (code) this.#start(this.page.starters.find((one) => one.code === code));
    }, { "aria-label": say("starters") });
    const marks = { class: "sb-tool", "aria-label": say("help"), title: say("help") };
    const help = button("?", () => this.#help(), marks);
    this.append(
      this.status, this.banner, this.problems, this.sentence,
      h("div", { class: "sb-toolbar" }, this.undo, this.redo, offered.length ? starters : "", help),
      h("div", { class: "sb-columns" }, this.host, this.panel ? this.panel.element : ""),
    );
  }

  #listen() {
    this.dirtyFrom = this.#state();
    this.draft = this.panel ? new Draft(() => this.#state() !== this.dirtyFrom) : null;
    this.tree.addEventListener("edit", ({ detail }) => this.#edited(detail));
    this.preview.addEventListener("state", () => this.#previewed());
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("focusout", () => this.tree.history.pause());
    this.form.addEventListener("input", ({ target }) => {
      if (target === this.field) return;
      if (SCOPE.includes(target.name)) this.preview.later();
      this.#keep();
    });
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.field.addEventListener("restored", () => this.#replace(JSON.parse(this.field.value)));
  }

  #fields() {
    return [...new FormData(this.form)].filter(([name]) => name !== "csrfmiddlewaretoken" && name !== this.field.name);
  }

  #state() {
    return canonical([this.#fields(), this.tree.whole]);
  }

  #keep() {
    if (this.draft) this.draft.keep(this.tree.whole, this.#fields());
    // The form's draft is kept by the other builder.
    else this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #edited(detail) {
    this.#drawn(detail);
    this.#keep();
    this.preview.later();
  }

  #drawn({ focus, quiet }) {
    this.field.value = JSON.stringify(this.tree.json, null, 2);
    this.renderer.problems = null;
    if (quiet) this.renderer.note();
    else this.renderer.draw(focus);
    this.undo.setAttribute("aria-disabled", String(!this.tree.history.past.length));
    this.redo.setAttribute("aria-disabled", String(!this.tree.history.future.length));
    this.problems.replaceChildren();
  }

  #missing() {
    return [...this.tree.places()].filter(({ node, number, path }) =>
      path !== null && this.language?.isIncomplete(node, !number));
  }

  // Values that no list has and that are kept all the same; closed lists refuse them.
  #unknown() {
    const isOpen = (node) => this.language?.isSettled(node) && !this.language.choices(node)?.closed;
    const isUnknown = (node, value) => value && this.suggestions.isUnknown(this.language.valued(node), value);
    return [...this.tree.places()].filter(({ node, path }) => path !== null && isOpen(node))
      .flatMap(({ node }) => [node.value].flat().filter((value) => isUnknown(node, value)));
  }

  // What is no number, or no value of its list.
  #refused() {
    const refusals = ({ node }) => this.language?.refusals(node) ?? [];
    return [...this.tree.places()].filter(({ path }) => path !== null).flatMap((place) =>
      refusals(place).map(([part, said]) => ({ ...this.#named(place), part, said })));
  }

  #scope() {
    const values = new FormData(this.form);
    const codes = (name) => values.getAll(name).map((key) => this.page.codes[name][key]);
    return {
      applies_to: values.get("applies_to"),
      websites: codes("websites"),
      customer_groups: codes("customer_groups"),
    };
  }

  #body() {
    return { conditions: this.tree.json, ...this.#scope(), ...(this.page.code && { segment: this.page.code }) };
  }

  #question() {
    return this.#missing().length || this.#refused().length ? null : this.#body();
  }

  #at(path) {
    return [...this.tree.places()].filter((place) => path.startsWith(place.path)).at(-1);
  }

  #named(place) {
    return { id: place.node.id, text: this.renderer.name(place) };
  }

  #previewed() {
    const { state, reply, error, body } = this.preview.last;
    const missing = this.#missing().map((place) => this.#named(place));
    const refused = this.#refused();
    if (state === "invalid") this.#markProblems(error.errors);
    if (state === "incomplete") this.#list(refused);
    if (state === "incomplete" || state === "invalid") {
      this.sentence.textContent = "–";
      hideCounts(this.host);
    }
    if (reply) {
      this.sentence.textContent = reply.sentence;
      const isAsSaved = canonical(body.conditions) === this.saved && canonical(this.#scope()) === this.scopeAtFirst;
      if (isAsSaved) this.savedCount = reply.count;
      if (state === "detailed") showCounts(this.host, reply, this.renderer.places);
    }
    this.dataset.state = state;
    const said = this.panel?.show({ state, reply, error, missing, refused });
    if (said) this.#tell(said);
  }

  #markProblems(problems) {
    const marked = new Map();
    for (const { path, message } of problems) {
      const { node } = this.#at(path);
      const part = /\w*$/.exec(path)[0];
      marked.set(node.id, [...(marked.get(node.id) ?? []), { part, message }]);
    }
    this.renderer.problems = marked;
    this.renderer.note();
    this.#list([...marked].map(([id, found]) => ({
      ...this.#named(this.tree.find(id)), part: "value", said: found.map(({ message }) => message).join(" "),
    })));
  }

  // Links to what is wrong, above the tree.
  #list(items) {
    const link = ({ id, part, text, said }) =>
      button(`${text}: ${said}`, () => this.renderer.focus(id, part), { class: "sb-link" });
    const box = () => h("div", { class: "sb-problems", role: "group", "aria-label": say("problems") },
      h("strong", {}, say("problems")),
      h("ul", {}, items.map((item) => h("li", {}, link(item)))),
    );
    this.problems.replaceChildren(...(items.length ? [box()] : []));
  }

  #tell(text) {
    this.status.textContent = text;
  }

  #travel(direction) {
    if (this.tree.travel(direction)) this.#tell(say(`${direction}_done`));
  }

  #replace(json) {
    this.tree.edit(
      (root) => Object.assign(root, { match: json.match, conditions: grow(json).conditions }),
      { focus: [this.tree.root.id, "match"] },
    );
  }

  async #start({ name, conditions }) {
    const isEmpty = !this.tree.root.conditions.length;
    const answers = [["yes", say("replace")], ["", say("keep")]];
    const title = say("replace_title", { name });
    if (!isEmpty && await ask(title, h("p", {}, say("replace_text")), answers) !== "yes") return;
    this.#replace(conditions);
    const field = this.form.elements.name;
    if (isEmpty && field && !field.value) field.value = name;
  }

  #offerDraft() {
    const draft = this.draft?.found();
    if (!draft || !isTree(draft.json) || canonical([draft.fields, draft.json]) === this.dirtyFrom) return;
    const text = say("draft_found", { moment: moment(draft.at, this.page.timeZone) });
    this.#offer(text, say("draft_restore"), () => this.#restore(draft), () => this.draft.drop());
  }

  // With the version it began from, so that no newer one is lost.
  #restore({ json, fields }) {
    for (const element of this.form.elements) {
      const values = fields.filter(([name]) => name === element.name).map(([, value]) => value);
      if (/^(checkbox|radio)$/.test(element.type)) element.checked = values.includes(element.value);
      else if (values.length) [element.value] = values;
      element.dispatchEvent(new Event("restored"));
    }
    this.#replace(json);
    this.preview.later();
  }

  #offer(text, yes, take, leave) {
    const end = (act) => () => {
      box.remove();
      act();
      this.renderer.focus(this.tree.root.id, "match");
    };
    const box = h("div", { class: "sb-hint-box", role: "group", "aria-label": text }, h("span", {}, text),
      button(yes, end(take), { class: "button" }), button(say("discard"), end(leave), { class: "button sb-quiet" }));
    this.banner.append(box);
  }

  #explain(customer) {
    return explain({ page: this.page, body: this.#body(), customer, language: this.language });
  }

  #help() {
    return ask(say("help"), document.getElementById("sb-help").content.cloneNode(true), [["", say("close")]]);
  }

  #key(event) {
    const writing = event.target.matches("input, textarea, select");
    const row = event.target.closest("[data-node]")?.dataset.node;
    if (event.altKey && /^Arrow(Up|Down)$/.test(event.key) && row) {
      event.preventDefault();
      const part = event.target.dataset.key?.split(":")[1] ?? "row";
      const by = event.key === "ArrowUp" ? -1 : 1;
      if (row === this.tree.root.id || !edits.move(this.tree, row, by, part)) this.#tell(say("at_the_end"));
    } else if (isUndoing(event)) {
      event.preventDefault();
      this.#travel(event.shiftKey ? "redo" : "undo");
    } else if (event.key === "?" && !writing) {
      event.preventDefault();
      this.#help();
    }
  }

  async #submit(event) {
    const { submitter } = event;
    if (this.suggestions?.busy) {
      event.preventDefault();
      await this.suggestions.busy;
      this.form.requestSubmit(submitter);
      return;
    }
    const [refused] = this.#refused();
    if (refused) {
      event.preventDefault();
      this.renderer.focus(refused.id, refused.part);
      this.#tell(refused.said);
      return;
    }
    const changed = this.page.saved && canonical(this.tree.json) !== this.saved;
    const off = [...this.tree.places()].filter(({ node }) => node.off).length;
    const unknown = [...new Set(this.#unknown())];
    const asks = changed || off || unknown.length;
    if (!this.confirmed && asks && !this.#missing().length && submitter?.name !== "_preview") {
      event.preventDefault();
      const { name, description } = Object.fromEntries(this.#fields());
      const definition = { name, description, conditions: this.tree.json, ...this.#scope() };
      const values = unknown.map((value) => `“${value}”`).join(", ");
      this.confirmed = await confirmSaving(this.page.urls.changes, definition, [
        ...(unknown.length ? [say("save_unknown", { count: unknown.length, values })] : []),
        ...(off ? [say("left_out", { count: off })] : []),
      ]);
      if (this.confirmed) this.form.requestSubmit(submitter);
      return;
    }
    this.confirmed = false;
    this.draft?.sent();
  }
}

customElements.define("segment-builder", SegmentBuilder);
