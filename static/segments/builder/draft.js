// Keeps what was not saved of the form, and asks before the page is left.

const key = `segment-form:${location.pathname}`;

export class Draft {
  constructor(isDirty) {
    this.isDirty = isDirty;
    addEventListener("beforeunload", (event) => {
      if (isDirty() && !this.isSent) event.preventDefault();
    });
  }

  // `fields` are [name, value] pairs, the conditions (`json`) apart.
  keep(json, fields) {
    if (this.isDirty()) this.#store({ json, fields, at: new Date().toISOString() });
    else this.drop();
  }

  // Whoever comes back to the page by a link has saved what was sent.
  sent() {
    this.isSent = true;
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

  #read() {
    return JSON.parse(sessionStorage.getItem(key));
  }

  #store(draft) {
    try {
      sessionStorage.setItem(key, JSON.stringify(draft));
    } catch {
      // Some browsers keep nothing.
    }
  }
}
