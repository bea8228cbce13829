// Shows what the preview found.

import { button, fill, h, warning } from "./dom.js";
import { isRows } from "./state.js";
import { Sales } from "./sales.js";
import { moment, number, say, share } from "./words.js";

const source = (reply) => reply?.count != null && reply.engine && reply.as_of;
const slot = (name) => document.querySelector(`[data-workbench=${name}]`);

export class Panel {
  constructor(page, act) {
    Object.assign(this, { page, act });
    this.count = h("p", { class: "sb-count" });
    this.short = h("div", { class: "sb-short" });
    this.facts = h("div", { class: "sb-facts" });
    this.sample = h("div");
    this.list = document.querySelector("[name=_preview]");
    this.body = h("div", { class: "sb-panel-body", "aria-busy": "true" }, this.count, this.short);
    this.figures = new Sales(page.currency);
    const who = h("input", { type: "text", id: "sb-who", autocomplete: "off", keydown: (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      check();
    } });
    const check = () => (who.value.trim() ? act.explain(who.value.trim()) : who.focus());
    this.title = h("h3", { tabindex: "-1" }, say("preview"));
    this.element = h("section", { class: "sb-panel", "aria-label": say("preview") },
      this.title, page.caveat && h("p", { class: "sb-hint" }, page.caveat),
      !slot("count") && this.body, !slot("figures") && this.figures.element, this.facts, this.sample,
      h("div", { class: "sb-check" },
        h("label", { for: "sb-who" }, say("check_customer")),
        h("div", { class: "sb-controls" }, who, button(say("check"), check, { class: "button" })),
      ),
    );
    slot("count")?.append(this.body);
    slot("figures")?.append(this.figures.element);
  }

  show({ state, reply, error, missing, refused, isAsSaved }) {
    if (reply) {
      this.figures.isAsSaved = isAsSaved;
      if (isAsSaved) this.saved = reply;
    }
    if (state === "detailed") {
      if (reply.count && this.body.dataset.state === "counted") {
        if (reply.costly) this.facts.append(warning(reply.costly));
        return reply.costly;
      }
      state = "counted";
    }
    const hadFocus = this.body.contains(document.activeElement);
    this.body.ariaBusy = String(["loading", "slow", "waiting"].includes(state));
    this.body.dataset.state = state;
    const said = this[`_${state}`]({ reply, error, missing, refused });
    if (hadFocus && !this.body.contains(document.activeElement)) this.title.focus();
    return said;
  }

  #say(text, ...more) {
    fill(this.short, h("p", {}, text), more);
    return text;
  }

  #forget() {
    this.count.textContent = "–";
    this.figures.show();
    this.facts.replaceChildren();
    this.sample.replaceChildren();
  }

  _loading() {
    this.figures.wait();
    if (!this.count.textContent) this.count.textContent = say("counting");
    return "";
  }

  _slow(_found, text = "slow") {
    return this.#say(say(text), button(say("cancel"), this.act.cancel, { class: "button" }));
  }

  _waiting() {
    return this._slow({}, "waiting");
  }

  _cancelled() {
    return this.#again(say("cancelled"));
  }

  _failed({ error }) {
    return this.#again(say("failed", { error: error.message }));
  }

  #again(text) {
    this.figures.show();
    return this.#say(text, button(say("retry"), this.act.count, { class: "button" }));
  }

  _incomplete({ missing, refused }) {
    this.#forget();
    const items = missing.length ? missing : refused;
    const text = this.#say(
      say(missing.length ? "incomplete" : "invalid"), missing.map((item) => this.#link(item)),
    );
    return `${text} ${items.map((item) => item.said ?? item.text).join(", ")}`.trim();
  }

  _invalid(found) {
    return this._incomplete(found);
  }

  #link({ id, text }) {
    return button(text, () => this.act.goTo(id), { class: "sb-link" });
  }

  _timed_out({ reply }) {
    this.count.textContent = reply.estimate == null ? "?" : say("about", { count: reply.estimate });
    this.facts.replaceChildren();
    this.#customers(reply);
    return this.#again(say(reply.estimate == null ? "timed_out" : "estimate"));
  }

  _counted({ reply }) {
    const { count, scope_count: total, engine } = reply;
    const asOf = { moment: moment(reply.as_of, this.page.timeZone) };
    // Else it tells what has happened since.
    const more = source(reply) === source(this.saved) && count - this.saved.count;
    const change = more === 0 ? "as_saved" : more > 0 ? "more_than_saved" : "fewer_than_saved";
    const part = total ? say("of_total", { count: number(total), share: share(count / total) }) : "";
    this.count.textContent = say("customers", { count });
    const warnings = reply.warnings.filter(({ code }) => !/^(each_another_row|empty_root)$/.test(code));
    this.#say(part, [
      engine && say("from_snapshot", asOf),
      total && count === total && say("everyone"),
      count === 0 && this.#nobody(reply),
      more !== false && say(change, { count: Math.abs(more) }),
    ].filter(Boolean).map((fact) => h("p", {}, fact)));
    fill(this.facts,
      [...new Set(warnings.map(({ message }) => message)), reply.costly].map(warning),
      h("p", { class: "sb-hint" }, say("as_of", asOf)));
    this.#customers(reply);
    return `${this.count.textContent} ${part}`;
  }

  #nobody({ counts = [] }) {
    const top = counts.filter(({ path }) => /^conditions\[\d+\]$/.test(path));
    const worst = top.find(({ alone }) => alone === 0) ?? top.find(({ remaining }) => remaining === 0);
    return worst ? h("span", {}, say("zero_because"), " ", this.#link(this.act.at(worst.path))) : say("zero");
  }

  #customers({ customers = [] }) {
    const { urls } = this.page;
    fill(this.sample, customers.length > 0 && [
      h("h4", {}, say("sample")),
      h("ul", { class: "sb-sample" }, customers.map(({ id, name, email }) => h("li", {},
        h("span", {},
          h("a", { href: urls.customer && urls.customer + encodeURIComponent(id), target: "_blank", dir: "auto" },
            name || email || id),
          h("span", { class: "sb-hint" }, ` ${id}`)),
        button(say("why"), () => this.act.explain(id), {
          class: "sb-link", "aria-label": say("why_customer", { customer: name || id }),
        })))),
      this.list,
    ]);
  }
}

export function hideCounts(host) {
  for (const chip of host.querySelectorAll("[data-chip]:not(:empty)")) chip.replaceChildren(h("span", {}, "–"));
}

export function showCounts(host, { counts = [], scope_count: total }, placeOf) {
  const found = new Map(counts.map((one) => [one.path, one]));
  for (const chip of host.querySelectorAll("[data-chip]")) {
    const { path, parent } = placeOf.get(chip.dataset.chip);
    const { alone, remaining, border } = found.get(path) ?? {};
    chip.replaceChildren();
    if (alone == null) continue;
    const previous = found.get(path.replace(/\d+(?=\]$)/, (index) => index - 1))?.remaining;
    const narrows = remaining != null && previous != null && parent.match === "all" && !isRows(parent);
    const changesNothing = narrows && remaining === previous;
    const mark = alone === 0 ? "nobody" : alone === total ? "everybody" : changesNothing ? "changes_nothing" : "";
    fill(chip, h("span", {}, say("alone", { count: alone })),
      narrows && h("span", { class: "sb-hint" }, say("remaining", { count: remaining })),
      border && h("span", { class: "sb-hint" }, border),
      mark && h("strong", { class: "sb-mark" }, say(mark)));
  }
}
