// Remembers fifty steps back and as many forward.

const STEPS = 50;

export class History {
  past = [];
  future = [];

  // Steps with the same tag that follow each other, such as letters of one value, become one.
  record(before, changed, tag) {
    const last = this.past.at(-1);
    this.future = [];
    if (tag && last?.tag === tag) return;
    this.past.push({ tree: before, changed, tag });
    if (this.past.length > STEPS) this.past.shift();
  }

  pause() {
    const last = this.past.at(-1);
    if (last) last.tag = null;
  }

  undo(present) {
    return this.#move(this.past, this.future, present);
  }

  redo(present) {
    return this.#move(this.future, this.past, present);
  }

  #move(from, to, present) {
    const step = from.pop();
    if (step) to.push({ tree: present, changed: step.changed, tag: null });
    return step;
  }
}
