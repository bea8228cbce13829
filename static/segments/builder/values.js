// The controls for values.

import { Combobox } from "./combobox.js";
import { ask, button, fill, h, released, select, tool, unit } from "./dom.js";
import { apart, read, readMany, spelled } from "./figures.js";
import { ranked } from "./ranks.js";
import { isAgainst, isRefused } from "./state.js";
import { say, sayWith } from "./words.js";

const FEW = 12;
const DAY = /^\d{4}-\d\d-\d\d$/;

export function valueControls(at) {
  const { node, language } = at;
  const operator = language.operator(node);
  if (!operator || operator.takes === "nothing") return [];
  if (isAgainst(node)) return against(at);
  const label = say("value_of", { name: at.name });
  const key = `${node.id}:value`;
  switch (operator.takes) {
    case "list":
      return [chips(at, label, key)];
    case "pair":
      return pair(at, key);
    case "period": {
      const periods = Object.values(language.periods).map((one) => [one.name, one.label]);
      return [chosen(periods, node.value, at.change, label, key)];
    }
    case "part":
      return part(at);
    case "rank":
      return ranked(at, numeric, one);
    case "one":
      return [one(at, node.value, at.change, label, key), unit(language.unit(node))];
    default:
      return [numeric(node.value, at, at.change, label, key), unit(language.around(operator)[1])];
  }
}

const chosen = (options, value, set, label, key) =>
  select([["", say("choose")], ...options], value ?? "", set, { "aria-label": label, "data-key": key });

function one(at, value, set, label, key) {
  const { node, language } = at;
  const type = language.typeOf(node);
  if (language.isNumber(type)) return numeric(value, at, set, label, key);
  if (type === "boolean") {
    const put = (text) => set(text === "" ? null : text === "true");
    return chosen([["true", say("yes")], ["false", say("no")]], value, put, label, key);
  }
  if (type === "date" || type === "datetime") return dated(value, at, set, label, key);
  const choices = language.choices(node);
  if (choices && !choices.lazy) {
    const options = choices.options.map((option) => [option.value, option.label]);
    if (value && !options.some(([known]) => known === value)) options.push([value, say("unknown_choice", { value })]);
    return chosen(options, value, set, label, key);
  }
  return picker(at, value, set, label, key);
}

function finding({ node, language, suggestions }, label, key, isOffered = () => true) {
  const valued = language.valued(node);
  const isFound = valued && !language.isNumber(language.typeOf(node));
  return {
    label, key, wait: 250, eager: suggestions.hasList(valued),
    search: async (text) => [["", isFound ? (await suggestions.find(valued, text)).filter(isOffered) : []]],
    local: (text) => suggestions.local(valued, text)?.filter(isOffered),
    count: (options) => suggestions.counts(valued, options.map((one) => one.value)),
  };
}

function picker(at, value, set, label, key) {
  const { node, suggestions, language } = at;
  const choices = language.choices(node);
  const valued = language.valued(node);
  const isSettled = language.isSettled(node);
  let now = value;
  const put = (one) => {
    now = one;
    set(one);
  };
  const meant = (text) => suggestions.exact(valued, text)
    ?? (isSettled && text.trim() ? { written: text, typing: true } : text);
  const stop = () => now?.typing && put({ written: now.written });
  const box = new Combobox({
    ...finding(at, label, key), free: !choices?.closed,
    text: isRefused(value) ? value.written : value ? suggestions.label(valued, value) : "",
    placeholder: choices ? say("search") : "",
    pick: (option) => put(option.value),
    type: (text) => put(meant(text)),
    taken: at.enter,
    enter: (text, asIs) => {
      if (isRefused(now) && asIs && !choices?.closed) put(text.trim());
      stop();
      if (!isRefused(now)) at.enter();
    },
  });
  box.input.addEventListener("blur", () => {
    stop();
    at.left();
  });
  return box.element;
}

export function numeric(value, at, set, label, key, options = at.language.figureOf(at.node)) {
  const understood = h("span", { class: "sb-read" });
  const input = h("input", {
    type: "text", inputmode: options.whole || options.integer ? "numeric" : "decimal", class: "sb-number-input",
    "aria-label": label, "data-key": key, autocomplete: "off", value: isRefused(value) ? value.written : spelled(value),
    focus: () => input.select(),
    input: () => {
      const found = read(input.value, options);
      const isOther = !found.refused && input.value.trim() !== spelled(found.value);
      understood.textContent = isOther ? `= ${apart(found.value)}` : "";
      set(found.refused ? { written: input.value } : found.value);
    },
    change: () => understood.textContent && at.tell(understood.textContent),
    keydown: (event) => proceed(event, at),
  });
  return h("span", { class: "sb-figure" }, input, understood);
}

function dated(value, at, set, label, key) {
  const hasTime = value && !DAY.test(value);
  return h("input", {
    type: hasTime ? "text" : "date", "aria-label": label, "data-key": key, value: value ?? "",
    input: ({ target }) => set(target.value),
    keydown: (event) => proceed(event, at),
  });
}

function proceed(event, at) {
  if (event.key !== "Enter") return;
  event.preventDefault();
  at.enter();
}

function pair(at, key) {
  const [low = "", high = ""] = at.node.value ?? [];
  const values = [low, high];
  const ends = ["from", "to"].map((end, index) => one(at, values[index], (value) => {
    values[index] = value;
    at.change([...values]);
  }, say(`value_${end}`, { name: at.name }), index ? `${at.node.id}:to` : key));
  return [ends[0], unit(say("and")), ends[1], unit(at.language.unit(at.node))];
}

function part(at) {
  const now = { from: "0", to: "10", ...at.node.value };
  const put = (name) => [(value) => {
    now[name] = value;
    at.change({ ...now });
  }, say(`value_${name}`, at), `${at.node.id}:${name}`];
  const end = (name) => numeric(now[name], at, ...put(name));
  return sayWith("part", { from: end("from"), to: end("to"), salt: picker(at, now.salt, ...put("salt")) });
}

function chips(at, label, key) {
  const { node, language, suggestions } = at;
  const isNumber = language.isNumber(language.typeOf(node));
  const choices = language.choices(node);
  const valued = language.valued(node);
  const element = h("div", { class: "sb-chips" });
  const isSettled = language.isSettled(node);
  const isLeft = (value) => isSettled && isRefused(value);
  const left = () => (node.value ?? []).filter(isLeft);
  const values = () => (node.value ?? []).filter((value) => !isLeft(value));
  const isNew = (option) => ![node.value].flat().includes(option.value);
  let refused = null;
  const read = (text) => (isNumber
    ? readMany(text, language.figureOf(node)).map((one) => (one.refused ? { written: one.text } : one.value))
    : suggestions.meant(valued, text));
  const put = (text, { stay = true, asIs = false } = {}) => suggestions.during((async () => {
    box.input.value = "";
    const [found] = await Promise.all([read(text), released()]);
    const isWrong = (value) => isSettled && !asIs && suggestions.isUnknown(valued, value);
    refused = found.filter(isWrong).join(", ");
    const right = new Set([...values(), ...found.filter((value) => !isWrong(value))]);
    set([...right, ...(refused ? [{ written: refused }] : [])], stay);
  })());
  const set = (chosen, stay = true) => {
    at.change(chosen);
    draw();
    at.left();
    if (stay) box.input.focus();
  };
  const shown = (value) => {
    if (isRefused(value)) return value.written;
    if (isNumber) return spelled(value);
    const name = valued ? suggestions.label(valued, value) : value;
    return suggestions.isUnknown(valued, value) ? say("unknown_choice", { value: name }) : name;
  };
  let box;
  const draw = () => {
    box = new Combobox({
      ...finding(at, label, key, isNew), free: true,
      text: left()[0]?.written,
      placeholder: say(choices ? "search" : "add_value"),
      pick: ({ value }) => {
        set([...values(), value]);
        box.input.dispatchEvent(new Event("offer"));
      },
      type: () => left().length && at.change(values()),
      enter: (text, asIs) => (text.trim() ? put(text, { asIs: asIs && !choices?.closed }) : at.enter()),
    });
    box.input.addEventListener("keydown", ({ key, target }) => {
      if (key === "Backspace" && !target.value && values().length) set([...values().slice(0, -1), ...left()]);
    });
    box.input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!/[\n\r\t;,]/.test(text)) return;
      event.preventDefault();
      put(text, { asIs: true });
    });
    box.input.addEventListener("blur", ({ target }) => {
      if (target === box.input && target.value.trim() && target.value !== refused) put(target.value, { stay: false });
    });
    fill(element, values().length > FEW ? many() : values().map((value, index) => {
      const isWrong = isRefused(value) || suggestions.isUnknown(valued, value);
      const takeOut = () => set([...values().toSpliced(index, 1), ...left()]);
      return h("span", { class: `sb-value-chip${isWrong ? " sb-wrong" : ""}` },
        shown(value), tool("remove", say("take_out", { value: shown(value), name: at.name }), takeOut));
    }), box.element);
  };
  const many = () => {
    const label = say("many_values", { count: values().length });
    return button(label, edit, { class: "sb-value-chip sb-many", "aria-label": `${at.name}: ${label}` });
  };
  const edit = async () => {
    const before = new Map(values().map((value) => [shown(value).trim(), value]));
    const text = [...before.keys()].join("\n");
    const area = h("textarea", { rows: 14, class: "sb-lines", "aria-label": label, value: text });
    if (!await ask(at.name, [h("p", {}, say("one_a_line")), area], say("take"), say("cancel"))) return;
    const lines = area.value.split("\n").map((line) => line.trim());
    const kept = lines.filter((line) => before.has(line)).map((line) => before.get(line));
    suggestions.during((async () => {
      const found = await read(lines.filter((line) => !before.has(line)).join("\n"));
      set([...new Set([...kept, ...found])]);
    })());
  };
  draw();
  return element;
}

function against(at) {
  const { node, language } = at;
  const set = (change) => at.change({ ...node.value, ...change });
  const others = at.others().map((one) => [one.code, one.label]);
  const put = (attribute) => set({ attribute });
  const other = chosen(others, node.value.attribute, put, say("other_of", { name: at.name }), `${node.id}:value`);
  if (!language.isNumber(language.typeOf(node))) return [other];
  const label = say("times_of", { name: at.name });
  const times = numeric(node.value.times ?? "1", at, (times) => set({ times }), label, `${node.id}:times`, {});
  return sayWith("times", { times, other });
}
