// Remembers fifty steps both ways.

const STEPS = 50;

export class History {
  past = [];
  future = [];

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

  travel(direction, present) {
    const [to, from] = direction === "redo" ? [this.past, this.future] : [this.future, this.past];
    const step = from.pop();
    if (step) to.push({ tree: present, changed: step.changed, tag: null });
    return step;
  }
}
