// Tells the shop's own Tranche what a visitor does, once they have agreed to it, and not before.
//
// <script src="https://tranche.example/static/personalization/track.js" data-site="KEY" defer>
// tranche.consent(true or false)  what the visitor said; ask anew after 395 days
// tranche.track(type, data)       something that they did; nothing happens without consent
// tranche.identify(token)         who has logged in, signed by the shop's server; kept nowhere
(function () {
  "use strict";
  const script = document.currentScript;
  if (!script || globalThis.tranche) return;
  const address = new URL("/api/v1/personalization/collect", script.src);
  address.searchParams.set("site", script.dataset.site || "");
  const NAME = "tranche", LIFE = 395 * 864e5, PAUSE = 5000, BATCH = 20, LIMIT = 30000;
  let visitor = "", token = "", events = [], timer = 0;

  function isUnwanted() {
    return navigator.globalPrivacyControl === true || navigator.doNotTrack === "1";
  }

  function randomId() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return byte.toString(16).padStart(2, "0");
    }).join("");
  }

  // A browser may forbid storage: the id then lives as long as the page.
  function stored(change) {
    try {
      return change(globalThis.localStorage);
    } catch (_error) {
      return null;
    }
  }

  function stop() {
    clearTimeout(timer);
    timer = 0;
    visitor = token = "";
    events = [];
    stored(function (storage) { storage.removeItem(NAME); });
  }

  function post(body) {
    const text = JSON.stringify(body);
    if (navigator.sendBeacon && navigator.sendBeacon(address, text)) return;
    const asked = { method: "POST", body: text, keepalive: true, credentials: "omit" };
    fetch(address, asked).catch(function () {
      // More than 64 KB may not outlive the page. What arrives twice counts once, by its id.
      asked.keepalive = false;
      return fetch(address, asked);
    }).catch(function () {});
  }

  function send(batch) {
    const body = { visitor: visitor, events: batch };
    if (token) body.customer = token;
    if (batch.length > 1 && new Blob([JSON.stringify(body)]).size > LIMIT) {
      const half = batch.length >> 1;
      send(batch.slice(0, half));
      send(batch.slice(half));
    } else {
      post(body);
    }
  }

  function flush() {
    clearTimeout(timer);
    timer = 0;
    if (isUnwanted()) stop();
    if (!visitor || !events.length) return;
    send(events.splice(0));
  }

  function device() {
    const agent = navigator.userAgent;
    if (/iPad|Tablet/.test(agent)) return "tablet";
    return /Mobi/.test(agent) ? "mobile" : "desktop";
  }

  // Somebody who has agreed before goes on as the same visitor.
  function resume() {
    if (isUnwanted()) return stop();
    const known = stored(function (storage) { return JSON.parse(storage.getItem(NAME)); });
    if (!known) return;
    const age = Date.now() - known.since;
    if (/^v-[0-9a-f]{32}$/.test(known.visitor) && age >= 0 && age < LIFE) visitor = known.visitor;
    else stop();
  }

  globalThis.tranche = {
    consent: function (granted) {
      if (isUnwanted()) return stop();
      const at = new Date();
      if (granted === true) {
        if (visitor) resume();
        if (visitor) return;
        visitor = "v-" + randomId();
        stored(function (storage) {
          storage.setItem(NAME, JSON.stringify({ visitor: visitor, since: at.getTime() }));
        });
        post({ visitor: visitor, consent: true, at: at.toISOString() });
      } else if (granted === false) {
        if (visitor) post({ visitor: visitor, consent: false, at: at.toISOString() });
        stop();
      }
    },
    track: function (type, data) {
      if (isUnwanted()) stop();
      if (!visitor) return;
      events.push({
        behavior_type: type,
        id: randomId(),
        occurred_at: new Date().toISOString(),
        context: { device: device() },
        data: data || {},
      });
      if (events.length >= BATCH) flush();
      else if (!timer) timer = setTimeout(flush, PAUSE);
    },
    identify: function (signed) {
      if (events.length) flush();
      token = typeof signed === "string" ? signed : "";
    },
  };
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") flush();
  });
  // Said in another tab.
  addEventListener("storage", function (event) {
    if (event.key === NAME || event.key === null) {
      if (event.newValue) resume();
      else stop();
    }
  });
  resume();
})();
