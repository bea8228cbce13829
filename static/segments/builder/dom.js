// Builds elements. Text is never read as markup.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "value") element.value = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  return fill(element, children);
}

export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

export function icon(name) {
  return document.getElementById("sb-icons").content.querySelector(`[data-icon="${name}"]`).cloneNode(true);
}

export function button(label, act, attributes = {}) {
  return h("button", { type: "button", click: act, ...attributes }, label);
}

export function tool(name, label, act, attributes = {}) {
  return button(icon(name), act, { class: "sb-tool", "aria-label": label, title: label, ...attributes });
}

export const unit = (text) => text && h("span", { class: "sb-unit" }, text);

export const warning = (text) => text && h("p", { class: "sb-warning" }, text);

export function select(options, value, choose, attributes = {}) {
  const option = ([key, label]) =>
    (Array.isArray(label) ? h("optgroup", { label: key }, label.map(option)) : h("option", { value: key }, label));
  const element = h("select", { change: () => choose(element.value), ...attributes }, options.map(option));
  element.value = value;
  return element;
}

// Resolves to whether the first answer is chosen.
export function ask(title, content, ...answers) {
  const opener = document.activeElement;
  const dialog = h("dialog", { class: "sb-dialog", "aria-labelledby": "sb-dialog-title" });
  return new Promise((resolve) => {
    dialog.append(
      h("h2", { id: "sb-dialog-title", tabindex: "-1" }, title),
      h("div", { class: "sb-dialog-body" }, content),
      h("div", { class: "sb-dialog-answers" },
        answers.map((label, i) =>
          button(label, () => dialog.close(i ? "" : "yes"), { class: i ? "button sb-quiet" : "button default" }))),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener?.isConnected) opener.focus();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("h2").focus();
  });
}

let pressed = null;

addEventListener("pointerdown", () => {
  pressed = new Promise((resolve) => {
    for (const end of ["click", "pointercancel"]) addEventListener(end, () => resolve(), { once: true });
    addEventListener("pointerup", () => setTimeout(resolve, 50), { once: true });
  });
}, true);

// Nothing may move before the click has ended.
export const released = () => pressed;
