// Builds elements. What people wrote is set as text, never read as markup.

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

// The pictures stand in the page (builder.html).
export function icon(name) {
  return document.getElementById("sb-icons").content.querySelector(`[data-icon="${name}"]`).cloneNode(true);
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
