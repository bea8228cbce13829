// Keeps conditions that were not saved, and asks before the page is left.

const key = `segment-draft:${location.pathname}`;

export class Draft {
  constructor(isDirty) {
    this.isDirty = isDirty;
    addEventListener("beforeunload", (event) => {
      if (isDirty() && !this.isSent) event.preventDefault();
    });
  }

  keep(json) {
    if (this.isDirty()) this.#store({ json, at: new Date().toISOString() });
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
      // A browser that keeps nothing keeps no draft; the question before leaving remains.
    }
  }
}
