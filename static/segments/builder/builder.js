// Holds the parts together.

import { call } from "./api.js";
import { ask, button, fill, h, select, tool, warning } from "./dom.js";
import { Draft } from "./draft.js";
import { explain } from "./explain.js";
import { Language } from "./language.js";
import { Panel, hideCounts, showCounts } from "./panel.js";
import { Preview } from "./preview.js";
import { Renderer } from "./render.js";
import { Saying } from "./saying.js";
import { Tree, canonical, grow, isTree } from "./state.js";
import { Suggestions } from "./suggestions.js";
import { learn, listed, moment, say } from "./words.js";

export function confirmSaving(address, definition, warnings) {
  const body = h("div", { role: "status" }, address && h("p", {}, say("counting")));
  if (address) call("POST", address, { body: definition }).then(({ differences, members }) => body.replaceChildren(
    h("ul", { class: "sb-differences" }, differences.map(({ is_new: isNew, words, depth }) =>
      h("li", { class: isNew ? "sb-new" : "sb-gone", "data-depth": Math.min(depth, 5) },
        h("strong", {}, say(isNew ? "added_line" : "removed_line")), ` ${words}`))),
    h("p", {}, members ? say("members_change", members) : say("members_unknown")),
  ), (error) => body.replaceChildren(h("p", {}, say("failed", { error: error.message }))));
  const content = [...warnings.map(warning), body];
  return ask(say("saving_changes"), content, say("save"), say("go_on_editing"));
}

const SCOPE = ["applies_to", "websites", "customer_groups"];

class SegmentBuilder extends HTMLElement {
  async connectedCallback() {
    this.field = this.querySelector("textarea");
    this.form = this.field?.form;
    this.page = JSON.parse(this.querySelector("script").textContent);
    learn(this.page.strings);
    const { problems, urls } = this.page;
    this.preview = new Preview(urls.preview, () => this.#question());
    try {
      const json = JSON.parse(this.field.value);
      if (!isTree(json)) throw new SyntaxError("no tree");
      this.tree = new Tree(json, this.page.relation);
      if (!problems.length) this.preview.now();
      this.language = new Language(await call("GET", urls.conditions), this.page);
    } catch {
      this.dataset.plain = ""; // The field works without this script.
      return;
    }
    this.suggestions = this.language.suggestions = new Suggestions(urls.values, this.language, {
      counted: urls.preview && urls.value_counts, scope: () => this.#scope(),
    });
    await this.suggestions.learn(this.tree);
    const saved = this.page.saved && new Tree(this.page.saved).json;
    this.saved = canonical(saved);
    this.asSaved = saved && canonical(this.#body(saved));
    this.#build();
    this.#listen();
    this.#offerDraft();
    this.#drawn({});
    if (problems.length) this.preview.now();
    else this.#previewed();
    this.#figures();
    this.#markProblems(problems);
    if (this.page.theirs) {
      this.#offer(say("theirs"), say("theirs_take"), () => this.#replace(this.page.theirs));
    }
    this.#begin();
  }

  // A new segment begins with its sentence.
  #begin() {
    if (this.page.code !== null || this.tree.root.conditions.length || !this.closest(".workbench")) return;
    const { activeElement: at } = document;
    const isIdle = at === document.body || (at.name === "name" && !at.value);
    if (isIdle) this.saying?.input.focus({ preventScroll: true });
  }

  #build() {
    const { starters: offered, urls } = this.page;
    document.body.classList.add("sb-on");
    this.field.hidden = true;
    this.status = h("div", { class: "sb-visually-hidden", role: "status" });
    this.sentence = h("p", { class: "sb-sentence" });
    this.banner = h("div");
    this.problems = h("div");
    this.host = h("div", { class: "sb-tree" });
    const { host, tree, language, suggestions } = this;
    const tell = (text) => this.#tell(text);
    this.panel = urls.preview && new Panel(this.page, {
      count: () => this.preview.now(),
      cancel: () => this.preview.cancel(),
      explain: (customer) => explain({ body: this.#body(), customer, language }),
      goTo: (id) => this.renderer.focus(id, "value"),
      at: (path) => this.#named(this.#at(path)),
    });
    this.saying = urls.read && new Saying({
      address: urls.read, take: (json) => this.#replace(json, null), tell,
    });
    this.renderer = new Renderer({ host, tree, language, suggestions, tell });
    [this.undo, this.redo] = ["undo", "redo"].map((name) => tool(name, say(name), () => this.#travel(name)));
    const named = offered.map(({ code, name }) => [code, name]);
    const starters = select([["", say("starters")], ...named], "", (code) => {
      starters.value = "";
      if (code) this.#start(offered.find((one) => one.code === code));
    }, { "aria-label": say("starters") });
    const help = button("?", () => this.#help(), { class: "sb-tool", "aria-label": say("help"), title: say("help") });
    this.append(
      this.status, this.banner, this.saying?.element ?? "", this.problems, this.sentence,
      h("div", { class: "sb-toolbar" }, this.undo, this.redo, offered.length > 0 && starters, help),
      h("div", { class: "sb-columns" }, host, this.panel?.element),
    );
  }

  #listen() {
    this.dirtyFrom = this.#state();
    this.draft = this.panel && new Draft(() => this.#state() !== this.dirtyFrom);
    this.tree.addEventListener("edit", ({ detail }) => this.#edited(detail));
    this.preview.addEventListener("state", () => this.#previewed());
    this.preview.addEventListener("figures", () => this.#figures());
    this.host.addEventListener("drawn", () => this.#previewed());
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
    const { past, future } = this.tree.history;
    this.undo.ariaDisabled = !past.length;
    this.redo.ariaDisabled = !future.length;
    this.problems.replaceChildren();
  }

  get #places() {
    return this.language ? [...this.tree.places()].filter(({ path }) => path !== null) : [];
  }

  #missing() {
    return this.#places.filter(({ node, number }) => this.language.isIncomplete(node, !number))
      .map((place) => this.#named(place));
  }

  #unknown() {
    const isOpen = ({ node }) => this.language.isSettled(node) && !this.language.choices(node)?.closed;
    return this.#places.filter(isOpen).flatMap(({ node }) => this.suggestions.unknownOf(node));
  }

  #refused() {
    return this.#places.flatMap((place) => this.language.refusals(place.node)
      .map(([part, said]) => ({ ...this.#named(place), part, said })));
  }

  #scope() {
    const values = new FormData(this.form);
    const codes = SCOPE.slice(1).map((name) => [name, values.getAll(name).map((key) => this.page.codes[name][key])]);
    return { applies_to: values.get("applies_to") ?? this.page.appliesTo, ...Object.fromEntries(codes) };
  }

  #body(conditions = this.tree.json) {
    return { conditions, ...this.#scope(), ...(this.page.code && { segment: this.page.code }) };
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
    const missing = this.#missing();
    const isAsSaved = canonical(body) === this.asSaved;
    const refused = this.#refused();
    if (state === "invalid") this.#markProblems(error.errors);
    if (state === "incomplete") this.#list(refused);
    if (state === "incomplete" || state === "invalid") {
      this.sentence.textContent = "–";
      hideCounts(this.host);
    }
    if (reply) {
      this.sentence.textContent = reply.sentence;
      if (state === "detailed") showCounts(this.host, reply, this.renderer.places);
    }
    this.dataset.state = state;
    const said = this.panel?.show({ state, reply, error, missing, refused, isAsSaved });
    if (said) this.#tell(said);
  }

  #figures() {
    const { figures } = this.preview.last;
    if (figures !== undefined) this.panel?.figures.show(figures);
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

  #list(items) {
    const link = ({ id, part, text, said }) =>
      h("li", {}, button(`${text}: ${said}`, () => this.renderer.focus(id, part), { class: "sb-link" }));
    fill(this.problems, items.length > 0
      && h("div", { class: "sb-problems", role: "group", "aria-label": say("problems") },
        h("strong", {}, say("problems")), h("ul", {}, items.map(link))));
  }

  #tell(text) {
    this.status.textContent = text;
  }

  #travel(direction) {
    if (this.tree.travel(direction)) this.#tell(say(`${direction}_done`));
  }

  #replace(json, focus = [this.tree.root.id, "match"]) {
    this.tree.edit((root) => Object.assign(root, { match: json.match, conditions: grow(json).conditions }), { focus });
  }

  async #start({ name, conditions }) {
    const isEmpty = !this.tree.root.conditions.length;
    const text = h("p", {}, say("replace_text"));
    if (!isEmpty && !await ask(say("replace_title", { name }), text, say("replace"), say("keep"))) return;
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
      act?.();
      this.renderer.focus(this.tree.root.id, "match");
    };
    const box = h("div", { class: "sb-hint-box", role: "group", "aria-label": text }, h("span", {}, text),
      button(yes, end(take), { class: "button" }), button(say("discard"), end(leave), { class: "button sb-quiet" }));
    this.banner.append(box);
  }

  #help() {
    return ask(say("help"), document.getElementById("sb-help").content.cloneNode(true), say("close"));
  }

  #key(event) {
    const { key, target } = event;
    const row = target.closest("[data-node]")?.dataset.node;
    // In a text the browser undoes.
    const isText = target.matches("input, textarea");
    if (event.altKey && /^Arrow(Up|Down)$/.test(key) && row) {
      const part = target.dataset.key?.split(":")[1] ?? "row";
      if (row !== this.tree.root.id) this.renderer.move(row, key === "ArrowUp" ? -1 : 1, part);
    } else if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "z" && !isText) {
      this.#travel(event.shiftKey ? "redo" : "undo");
    } else if (key === "?" && !isText && target.tagName !== "SELECT") this.#help();
    else return;
    event.preventDefault();
  }

  async #submit(event) {
    const { submitter } = event;
    // What was understood in part is not saved.
    const said = this.saying?.missing;
    if (said) {
      event.preventDefault();
      this.saying.focus();
      this.#tell(said);
      return;
    }
    if (this.suggestions.busy) {
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
    // Nobody is affected.
    const changed = this.page.saved && !this.page.is_new_copy && canonical(this.tree.json) !== this.saved;
    const off = [...this.tree.places()].filter(({ node }) => node.off).length;
    const unknown = new Set(this.#unknown());
    const isNew = submitter?.name === "_saveasnew";
    const asks = (changed && !isNew) || off || unknown.size;
    if (!this.confirmed && asks && !this.#missing().length && submitter?.name !== "_preview") {
      event.preventDefault();
      const { name, description } = Object.fromEntries(this.#fields());
      const definition = { name, description, conditions: this.tree.json, ...this.#scope() };
      const values = listed([...unknown]);
      this.confirmed = await confirmSaving(isNew ? "" : this.page.urls.changes, definition, [
        unknown.size && say("save_unknown", { count: unknown.size, values }),
        off && say("left_out", { count: off }),
      ].filter(Boolean));
      if (this.confirmed) this.form.requestSubmit(submitter);
      return;
    }
    this.confirmed = false;
    this.draft?.sent(submitter?.name);
  }
}

customElements.define("segment-builder", SegmentBuilder);
