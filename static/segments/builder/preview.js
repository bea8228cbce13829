// Counts while somebody edits: one question at a time, the last one wins.

import { Refused, call } from "./api.js";

const WAIT = 250;
const SLOW = 2000;

export class Preview extends EventTarget {
  #seq = 0;
  #client = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");

  // `question()` gives the body of the request, or null where something is missing.
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
    if (!body) return this.#say("incomplete");
    const control = (this.control = new AbortController());
    this.slow = setTimeout(() => this.#say("slow"), SLOW);
    this.#say("loading");
    try {
      const reply = await call("POST", this.address, { body: { ...body, client: this.#client, seq: ++this.#seq }, signal: control.signal });
      if (this.control === control) this.#done(reply.exact ? "counted" : "timed_out", { reply, body });
    } catch (error) {
      if (this.control !== control) return null;
      const invalid = error instanceof Refused && error.errors.length && error.status === 400;
      this.#done(invalid ? "invalid" : "failed", { error });
    }
    return null;
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

  #done(state, detail) {
    clearTimeout(this.slow);
    this.control = null;
    this.#say(state, detail);
  }

  #say(state, detail = {}) {
    this.dispatchEvent(new CustomEvent("state", { detail: { state, ...detail } }));
  }
}
