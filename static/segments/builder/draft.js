// Keeps what was not saved: as a draft of this browser tab, and by asking before the page is left.

const key = `segment-draft:${location.pathname}`;

export class Draft {
  constructor(form, isDirty) {
    this.form = form;
    this.isDirty = isDirty;
    this.leaving = false;
    addEventListener("beforeunload", (event) => {
      if (isDirty() && !this.leaving) event.preventDefault();
    });
  }

  #fields() {
    return [...this.form.elements].filter(({ name, type }) => name && !["hidden", "submit", "file"].includes(type));
  }

  keep(json) {
    if (!this.isDirty()) return this.drop();
    const fields = this.#fields().map(({ name, type, value, checked }) => ({ name, value, ...(/radio|checkbox/.test(type) && { checked }) }));
    this.#store({ json, fields, at: new Date().toISOString() });
  }

  // The form is being sent: whoever comes back to the page by a link has saved it.
  sent() {
    this.leaving = true;
    const draft = this.#read();
    if (draft) this.#store({ ...draft, sent: true });
  }

  // What was left here, unless it is what the page shows anyhow.
  found() {
    const draft = this.#read();
    const arrived = performance.getEntriesByType("navigation")[0]?.type;
    if (draft?.sent && arrived === "navigate") this.drop();
    else if (draft) return draft;
    return null;
  }

  restoreFields({ fields }) {
    const here = this.#fields();
    for (const [index, { name, value, checked }] of fields.entries()) {
      const field = here[index];
      if (field?.name !== name) continue;
      if (checked === undefined) field.value = value;
      else field.checked = checked;
    }
  }

  drop() {
    sessionStorage.removeItem(key);
  }

  #read() {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  }

  #store(draft) {
    try {
      sessionStorage.setItem(key, JSON.stringify(draft));
    } catch {
      // A browser that keeps nothing keeps no draft; the question before leaving remains.
    }
  }
}
