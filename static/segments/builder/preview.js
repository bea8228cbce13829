// Counts while somebody edits; the last question wins.

import { call } from "./api.js";

const WAIT = 250;
const SLOW = 2000;

// Where nobody is counted.
export class NoPreview extends EventTarget {
  last = { state: "none" };

  later() {}

  now() {}
}

export class Preview extends EventTarget {
  #seq = 0;
  #client = Math.random().toString(36).slice(2);

  // `question()` gives the body, or null where something is missing.
  constructor(address, question) {
    super();
    this.address = address;
    this.question = question;
    addEventListener("pagehide", () => this.stop());
  }

  later() {
    this.stop();
    this.#say("loading");
    this.timer = setTimeout(() => this.now(), WAIT);
  }

  async now() {
    this.stop();
    const body = this.question();
    if (!body) {
      this.#say("incomplete");
      return;
    }
    const control = (this.control = new AbortController());
    const ask = async (more, waiting = () => {}) => {
      try {
        const asked = { ...body, ...more, client: this.#client, seq: ++this.#seq };
        return await call("POST", this.address, { body: asked, signal: control.signal });
      } catch (error) {
        if (error.status !== 429 || this.control !== control) throw error;
        waiting();
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
      if (this.control !== control) return;
      done(reply.exact ? "counted" : "timed_out", { reply });
      // Nobody waits for the nodes' counts.
      const more = reply.exact && await ask({ limit: 0, counts: true, as_of: reply.as_of }).catch(() => null);
      if (this.control === control && more) {
        done("detailed", { reply: { ...reply, counts: more.counts, costly: more.costly } });
      }
    } catch (error) {
      if (this.control === control) done(error.status === 400 && error.errors.length ? "invalid" : "failed", { error });
    }
    if (this.control === control) this.control = null;
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
