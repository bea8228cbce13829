// The controls for values.

import { Combobox } from "./combobox.js";
import { button, h, icon, select } from "./dom.js";
import { say, sayWith } from "./words.js";
import { isCountry } from "./suggestions.js";

const DAY = /^\d{4}-\d\d-\d\d$/;

export function valueControls(at) {
  const { node, language } = at;
  const operator = language.operator(node);
  if (!operator || operator.takes === "nothing") return [];
  if (node.value && typeof node.value === "object" && !Array.isArray(node.value)) return against(at);
  const label = say("value_of", { name: at.name });
  const key = `${node.id}:value`;
  switch (operator.takes) {
    case "list":
      return [chips(at, label, key)];
    case "pair":
      return pair(at, key);
    case "period":
      return [select([["", say("choose")], ...Object.values(language.periods).map((one) => [one.name, one.label])], node.value ?? "", at.change, { "aria-label": label, "data-key": key })];
    case "one":
      return [one(at, node.value, at.change, label, key), unit(language.unit(node))];
    default:
      return [numeric(node.value, at, at.change, label, key, true), unit(say(operator.takes === "hours" ? "hours" : "days"))];
  }
}

const unit = (text) => text && h("span", { class: "sb-unit" }, text);

function one(at, value, set, label, key) {
  const { node, language } = at;
  const type = language.typeOf(node);
  if (language.isNumber(type)) return numeric(value, at, set, label, key, type === "integer");
  if (type === "boolean") {
    return select([["", say("choose")], ["true", say("yes")], ["false", say("no")]], String(value ?? ""),
      (chosen) => set(chosen === "" ? null : chosen === "true"), { "aria-label": label, "data-key": key });
  }
  if (type === "date" || type === "datetime") return dated(value, at, set, label, key);
  const choices = language.choices(node);
  if (choices && !choices.lazy) {
    const options = choices.options.map((option) => [option.value, option.label]);
    if (value && !options.some(([known]) => known === value)) options.push([value, say("unknown_choice", { value })]);
    return select([["", say("choose")], ...options], value ?? "", set, { "aria-label": label, "data-key": key });
  }
  return picker(at, value, set, label, key);
}

function picker(at, value, set, label, key) {
  const { node, suggestions, language } = at;
  const choices = language.choices(node);
  const free = !choices?.closed;
  return new Combobox({
    label, key, free, eager: !free || isCountry(node.attribute), wait: 250, least: choices ? 0 : 2,
    text: value ? suggestions.label(node.attribute, value) : "",
    placeholder: choices ? say("search") : "",
    search: async (text) => [["", node.attribute ? await suggestions.find(node.attribute, text) : []]],
    pick: (option) => set(option.value),
    type: (text) => set(meant(node.attribute, text, language)),
    enter: at.enter,
  }).element;
}

function meant(attribute, text, { countries }) {
  const wanted = text.trim().toLocaleLowerCase();
  return (isCountry(attribute) && Object.keys(countries).find((code) => countries[code].toLocaleLowerCase() === wanted)) || text;
}

function numeric(value, at, set, label, key, whole) {
  return h("input", {
    type: "text", inputmode: whole ? "numeric" : "decimal", class: "sb-number-input", "aria-label": label, "data-key": key,
    autocomplete: "off", value: value ?? "",
    input: ({ target }) => set(figure(target.value, whole)),
    keydown: (event) => proceed(event, at),
  });
}

function figure(text, whole) {
  const plain = text.trim().replace(/^(-?\d+),(\d+)$/, "$1.$2");
  return whole && /^-?\d{1,15}$/.test(plain) ? Number(plain) : plain;
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
  return [ends[0], h("span", { class: "sb-unit" }, say("and")), ends[1], unit(at.language.unit(at.node))];
}

function chips(at, label, key) {
  const { node, language, suggestions } = at;
  const values = [...(node.value ?? [])];
  const type = language.typeOf(node);
  const choices = language.choices(node);
  const convert = (text) => (language.isNumber(type) ? figure(text, type === "integer") : text);
  const element = h("div", { class: "sb-chips" });
  const put = (texts, stay = true) => {
    const before = values.length;
    for (const text of texts) if (text !== "" && !values.includes(convert(text))) values.push(convert(text));
    if (values.length > before) set(stay);
    else box.input.value = "";
  };
  const set = (stay = true) => {
    at.change([...values]);
    draw();
    if (stay) box.input.focus();
  };
  let box;
  const draw = () => {
    box = new Combobox({
      label, key, free: !choices?.closed, wait: 250, least: choices ? 0 : 2,
      placeholder: say(choices ? "search" : "add_value"),
      search: async (text) => [["", language.isNumber(type) || !node.attribute ? [] : (await suggestions.find(node.attribute, text)).filter((option) => !values.includes(option.value))]],
      pick: (option) => put([option.value]),
      type: () => {},
      enter: (text) => (text.trim() && !choices?.closed ? put([text.trim()]) : at.enter()),
    });
    box.input.addEventListener("paste", (event) => {
      const lines = event.clipboardData.getData("text").split(/[\n\t]/).map((line) => line.trim());
      if (choices?.closed || lines.length < 2) return;
      event.preventDefault();
      put(lines);
    });
    box.input.addEventListener("blur", () => !choices?.closed && box.input.isConnected && put([box.input.value.trim()], false));
    element.replaceChildren(
      ...values.map((value, index) => {
        const shown = node.attribute ? suggestions.label(node.attribute, value) : String(value);
        return h("span", { class: "sb-value-chip" }, shown, button(icon("remove"), () => {
          values.splice(index, 1);
          set();
        }, { class: "sb-tool", "aria-label": say("take_out", { value: shown, name: at.name }) }));
      }),
      box.element,
    );
  };
  draw();
  return element;
}

function against(at) {
  const { node, language } = at;
  const set = (change) => at.change({ ...node.value, ...change });
  const other = select(
    [["", say("choose")], ...at.others().map(({ code, label }) => [code, label])], node.value.attribute ?? "",
    (attribute) => set({ attribute }), { "aria-label": say("other_of", { name: at.name }), "data-key": `${node.id}:value` },
  );
  if (!language.isNumber(language.typeOf(node))) return [other];
  const times = numeric(node.value.times ?? "1", at, (value) => set({ times: String(value) }), say("times_of", { name: at.name }), `${node.id}:times`, false);
  return sayWith("times", { times, other });
}
