// Keeps what was not saved of the form.

import { say } from "./words.js";

const key = `segment-form:${location.pathname}`;

export class Draft {
  constructor(isDirty) {
    this.isDirty = isDirty;
    this.state = document.querySelector("[data-workbench=state]");
    this.atFirst = this.state?.textContent;
    addEventListener("beforeunload", (event) => {
      if (isDirty() && !this.isSent) event.preventDefault();
    });
  }

  keep(json, fields) {
    const isDirty = this.isDirty();
    if (isDirty) this.#store({ json, fields, at: new Date().toISOString() });
    else this.drop();
    this.#tell(isDirty ? say("not_saved") : this.atFirst, isDirty);
  }

  sent(name) {
    this.isSent = true;
    if (name === "_preview") return;
    this.#tell(say("being_saved"), true);
    const draft = this.#read();
    if (draft) this.#store({ ...draft, isSent: true });
  }

  found() {
    const draft = this.#read();
    if (!draft?.isSent || performance.getEntriesByType("navigation")[0]?.type !== "navigate") return draft;
    return this.drop();
  }

  drop() {
    sessionStorage.removeItem(key);
    return null;
  }

  #tell(text, isDirty) {
    if (!this.state) return;
    if (this.state.textContent !== text) this.state.textContent = text;
    this.state.toggleAttribute("data-dirty", isDirty);
  }

  #read() {
    return JSON.parse(sessionStorage.getItem(key));
  }

  #store(draft) {
    try {
      sessionStorage.setItem(key, JSON.stringify(draft));
    } catch {
      // None then.
    }
  }
}
