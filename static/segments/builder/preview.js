// Counts while somebody edits; the last question wins.

import { call } from "./api.js";

const WAIT = 250;
const SLOW = 2000;

export class Preview extends EventTarget {
  last = { state: "none" };
  #seq = 0;
  #client = Math.random().toString(36).slice(2);

  // No address: nobody is counted. `question()` gives the body; null: incomplete.
  constructor(address, question) {
    super();
    this.address = address;
    this.question = question;
    addEventListener("pagehide", () => this.stop());
  }

  later() {
    if (!this.address) return;
    this.stop();
    this.#say("loading");
    this.timer = setTimeout(() => this.now(), WAIT);
  }

  async now() {
    if (!this.address) return;
    this.stop();
    const body = this.question();
    if (!body) {
      this.#say("incomplete");
      return;
    }
    const control = (this.control = new AbortController());
    const { signal } = control;
    const ask = async (more, waiting) => {
      try {
        const asked = { ...body, ...more, client: this.#client, seq: ++this.#seq };
        return await call("POST", this.address, { body: asked, signal });
      } catch (error) {
        if (error.status !== 429 || signal.aborted) throw error;
        waiting?.();
        await new Promise((resolve) => { this.timer = setTimeout(resolve, error.wait * 1000); });
        return ask(more, waiting);
      }
    };
    const done = (state, detail) => {
      clearTimeout(this.slow);
      this.#say(state, { body, ...detail });
    };
    this.slow = setTimeout(() => this.#say("slow"), SLOW);
    this.#say("loading");
    try {
      const reply = await ask({ limit: 10 }, () => done("waiting"));
      if (signal.aborted) return;
      done(reply.exact ? "counted" : "timed_out", { reply });
      const later = (more) => ask({ limit: 0, as_of: reply.as_of, ...more }).catch(() => null);
      const more = reply.exact && await later({ counts: true });
      if (signal.aborted) return;
      if (more && more.engine === reply.engine) {
        done("detailed", { reply: { ...reply, counts: more.counts, costly: more.costly } });
      }
      const last = more && !reply.engine && await later({ figures: true });
      if (signal.aborted) return;
      this.last.figures = last?.figures ?? null;
      this.dispatchEvent(new Event("figures"));
    } catch (error) {
      if (signal.aborted) return;
      done(error.status === 400 && error.errors.length ? "invalid" : "failed", { error });
    }
    this.control = null;
  }

  cancel() {
    this.stop();
    this.#say("cancelled");
  }

  stop() {
    clearTimeout(this.timer);
    clearTimeout(this.slow);
    if (!this.control) return;
    this.control.abort();
    this.control = null;
    call("DELETE", `${this.address}${this.#client}/?seq=${this.#seq}`, { keepalive: true }).catch(() => {});
  }

  #say(state, detail = {}) {
    this.last = { state, ...detail };
    this.dispatchEvent(new Event("state"));
  }
}
