// Builds elements. What people wrote is set as text, never read as markup.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  up: "M8 13V3M3.5 7.5 8 3l4.5 4.5",
  down: "M8 3v10M3.5 8.5 8 13l4.5-4.5",
  copy: "M5.5 5.5h8v8h-8zM3 10.5h-.5v-8h8V3",
  more: "M3 8h.01M8 8h.01M13 8h.01",
  remove: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  undo: "M6 3 2.5 6.5 6 10M3 6.5h6a4 4 0 0 1 0 7H6",
  redo: "M10 3l3.5 3.5L10 10M13 6.5H7a4 4 0 0 0 0 7h3",
  yes: "M2.5 8.5 6 12l7.5-8",
};

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "value") element.value = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== ""));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "sb-icon");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function button(label, act, attributes = {}) {
  return h("button", { type: "button", click: act, ...attributes }, label);
}

export function tool(name, label, act, attributes = {}) {
  return button(icon(name), act, { class: "sb-tool", "aria-label": label, title: label, ...attributes });
}

export function select(options, value, choose, attributes = {}) {
  const element = h(
    "select",
    { change: () => choose(element.value), ...attributes },
    options.map(([key, label]) => h("option", { value: key }, label)),
  );
  element.value = value;
  return element;
}

export function ask(title, content, answers) {
  const opener = document.activeElement;
  const dialog = h("dialog", { class: "sb-dialog", "aria-labelledby": "sb-dialog-title" });
  return new Promise((resolve) => {
    dialog.append(
      h("h2", { id: "sb-dialog-title", tabindex: "-1" }, title),
      h("div", { class: "sb-dialog-body" }, content),
      h("div", { class: "sb-dialog-answers" },
        answers.map(([answer, label], i) =>
          button(label, () => dialog.close(answer), { class: i ? "button sb-quiet" : "button default" }))),
    );
    dialog.addEventListener("close", () => {
      const answer = dialog.returnValue;
      dialog.remove();
      if (opener?.isConnected) opener.focus();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("h2").focus();
  });
}
