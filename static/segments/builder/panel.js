// Shows what the preview found.

import { button, h } from "./dom.js";
import { isRows } from "./state.js";
import { moment, number, say, share } from "./words.js";

export class Panel {
  constructor(page, act, saved) {
    Object.assign(this, { page, act, saved });
    this.count = h("p", { class: "sb-count" });
    this.facts = h("div", { class: "sb-facts" });
    this.sample = h("div", {});
    this.body = h("div", { class: "sb-panel-body", "aria-busy": "true" }, this.count, this.facts);
    const who = h("input", { type: "text", id: "sb-who", autocomplete: "off", keydown: (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      check();
    } });
    const check = () => (who.value.trim() ? act.explain(who.value.trim()) : who.focus());
    this.title = h("h3", { tabindex: "-1" }, say("preview"));
    this.element = h("section", { class: "sb-panel", "aria-label": say("preview") },
      this.title, page.caveat ? h("p", { class: "sb-hint" }, page.caveat) : "", this.body, this.sample,
      h("div", { class: "sb-check" },
        h("label", { for: "sb-who" }, say("check_customer")),
        h("div", { class: "sb-controls" }, who, button(say("check"), check, { class: "button" })),
      ),
    );
  }

  show({ state, reply, error, missing, refused }) {
    if (state === "detailed") {
      if (reply.count && this.body.dataset.state === "counted") {
        this.facts.append(...this.#costly(reply));
        return reply.costly;
      }
      state = "counted";
    }
    const hadFocus = this.body.contains(document.activeElement);
    this.body.setAttribute("aria-busy", String(["loading", "slow", "waiting"].includes(state)));
    this.body.dataset.state = state;
    const said = this[`_${state}`]({ reply, error, missing, refused });
    if (hadFocus && !this.body.contains(document.activeElement)) this.title.focus();
    return said;
  }

  #say(text, ...facts) {
    this.facts.replaceChildren(h("p", {}, text), ...facts);
    return text;
  }

  _loading() {
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
    return this.#say(say("cancelled"), this.#again());
  }

  _failed({ error }) {
    return this.#say(say("failed", { error: error.message }), this.#again());
  }

  #again() {
    return button(say("retry"), this.act.count, { class: "button" });
  }

  // What is missing is named first; then what cannot be read.
  _incomplete({ missing, refused }) {
    this.count.textContent = "–";
    this.sample.replaceChildren();
    const items = missing.length ? missing : refused;
    const text = this.#say(
      say(missing.length ? "incomplete" : "invalid"),
      missing.length ? h("ul", {}, missing.map((item) => h("li", {}, this.#link(item)))) : "",
    );
    return `${text} ${items.map((item) => item.said ?? item.text).join(", ")}`.trim();
  }

  _invalid() {
    return this._incomplete({ missing: [], refused: [] });
  }

  #link({ id, text }) {
    return button(text, () => this.act.goTo(id), { class: "sb-link" });
  }

  _timed_out({ reply }) {
    this.count.textContent = reply.estimate == null ? "?" : say("about", { count: reply.estimate });
    this.#customers(reply.customers ?? []);
    return this.#say(reply.estimate == null ? say("timed_out") : say("estimate"), this.#again());
  }

  _counted({ reply }) {
    const { count, scope_count: total, elapsed_ms: elapsed, as_of: asOf } = reply;
    const saved = this.saved();
    const facts = [];
    const part = total ? say("of_total", { count: number(total), share: share(count / total) }) : "";
    this.count.textContent = say("customers", { count });
    if (total && count === total) facts.push(say("everyone"));
    if (count === 0) facts.push(this.#nobody(reply));
    if (saved !== null) {
      const change = count > saved ? "more_than_saved" : "fewer_than_saved";
      facts.push(count === saved ? say("as_saved") : say(change, { count: Math.abs(count - saved) }));
    }
    const warnings = reply.warnings.filter(({ code }) => code !== "each_another_row" && code !== "empty_root");
    this.facts.replaceChildren(
      h("p", {}, part),
      ...facts.filter(Boolean).map((fact) => h("p", {}, fact)),
      ...warnings.map(({ message }) => h("p", { class: "sb-warning" }, message)),
      ...this.#costly(reply),
      h("p", { class: "sb-hint" },
        say("as_of", { moment: moment(asOf, this.page.timeZone), elapsed: number(elapsed) })),
    );
    this.#customers(reply.customers ?? []);
    return `${this.count.textContent} ${part}`;
  }

  #costly({ costly }) {
    return costly ? [h("p", { class: "sb-warning" }, costly)] : [];
  }

  #nobody({ counts = [] }) {
    const top = counts.filter(({ path }) => /^conditions\[\d+\]$/.test(path));
    const worst = top.find(({ alone }) => alone === 0) ?? top.find(({ remaining }) => remaining === 0);
    return worst ? h("span", {}, say("zero_because"), " ", this.#link(this.act.at(worst.path))) : say("zero");
  }

  #customers(customers) {
    this.sample.replaceChildren(...(customers.length ? [
      h("h4", {}, say("sample")),
      h("ul", { class: "sb-sample" }, customers.map((customer) => h("li", {},
        h("span", {},
          customer.name || customer.email || customer.id, h("span", { class: "sb-hint" }, ` ${customer.id}`)),
        button(say("why"), () => this.act.explain(customer.id), {
          class: "sb-link",
          "aria-label": say("why_customer", { customer: customer.name || customer.id }),
        })))),
    ] : []));
  }
}

// As long as nothing can be counted, what was counted before is not said any more.
export function hideCounts(host) {
  for (const chip of host.querySelectorAll("[data-chip]:not(:empty)")) chip.replaceChildren(h("span", {}, "–"));
}

// Writes beside each node how many it fits.
export function showCounts(host, { counts = [], scope_count: total }, placeOf) {
  const found = new Map(counts.map((one) => [one.path, one]));
  for (const chip of host.querySelectorAll("[data-chip]")) {
    const { path, parent } = placeOf.get(chip.dataset.chip);
    const { alone, remaining } = found.get(path) ?? {};
    chip.replaceChildren();
    if (alone == null) continue;
    const previous = found.get(path.replace(/\d+(?=\]$)/, (index) => index - 1))?.remaining;
    const narrows = remaining != null && previous != null && parent.match === "all" && !isRows(parent);
    const changesNothing = narrows && remaining === previous;
    const mark = alone === 0 ? "nobody" : alone === total ? "everybody" : changesNothing ? "changes_nothing" : "";
    chip.append(h("span", {}, say("alone", { count: alone })));
    if (narrows) chip.append(h("span", { class: "sb-hint" }, say("remaining", { count: remaining })));
    if (mark) chip.append(h("strong", { class: "sb-mark" }, say(mark)));
  }
}
