// The words of a mail as fields: what is typed there stands in the source, which is what is saved.

// Headings, paragraphs, and links (with a paragraph of their own), whose words are no other elements.
const WORDS = String.raw`(?:[^<]|<br\s*/?>|</?strong>|</?em>)*`;
const BLOCK = new RegExp(
  String.raw`<(?<tag>h[1-3]|p)(?<attributes>(?:\s[^<>]*)?)>(?<text>${WORDS})</\k<tag>>` +
    String.raw`|(?<before><p(?:\s[^<>]*)?>\s*)?<a(?<link>\s[^<>]*)>(?<label>${WORDS})</a>(?<after>\s*</p>)?`,
  "gi",
);
const ADDRESS = /\bhref\s*=\s*("|')(.*?)\1/i;
// A condition or a loop that begins just before a block, and what ends it just after the block.
const OPENING = /{%\s*(if|for|with)\b[^%]*%}\s*$/;
const CLOSING = /^\s*{%\s*end(if|for|with)\s*%}/;
const box = document.querySelector("[data-words]");
const NEW = {
  heading: "<h1></h1>",
  text: "<p></p>",
  button: `<p><a class="button" href="${box?.dataset.home}"></a></p>`,
};
const NO_ADDRESS = /^https?:\/\/$/;
const source = box?.closest("form").elements.html;
const format = box?.closest("form").elements.format;
let parts = [];
let isWriting = false;

const typed = (html) =>
  html
    .replace(/<br\s*\/?>/gi, "\n")
    .replace(/&(lt|gt|quot|#39|amp);/g, (_, name) =>
      ({ lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" })[name]);

// Bold and italic words stay elements; all else that is typed is text.
const written = (text) =>
  text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/&lt;(\/?(?:strong|em))>/g, "<$1>")
    .replace(/\n/g, "<br>");

function read(html) {
  const found = [];
  let end = 0;
  let rest = "";
  for (const { 0: all, index, groups } of html.matchAll(BLOCK)) {
    const { tag, link, before = "", after = "" } = groups;
    const isAlone = before && after;
    found.push(rest + html.slice(end, index) + (isAlone ? "" : before));
    found.push(
      link
        ? {
          kind: "button",
          start: `${isAlone ? before : ""}<a`,
          attributes: link,
          isInline: !isAlone,
          text: typed(groups.label),
          end: `</a>${isAlone ? after : ""}`,
        }
        : {
          kind: tag[0].toLowerCase() === "p" ? "text" : "heading",
          start: `<${tag}`,
          attributes: groups.attributes,
          isInline: false,
          text: typed(groups.text),
          end: `</${tag}>`,
        },
    );
    rest = isAlone ? "" : after;
    end = index + all.length;
  }
  return withConditions([...found, rest + html.slice(end)]);
}

const isBlock = (part) => typeof part !== "string";

// A condition around one block alone is part of this block: it moves and goes with it.
function withConditions(found) {
  found.forEach((part, index) => {
    if (!isBlock(part)) return;
    for (;;) {
      const opening = OPENING.exec(found[index - 1]);
      const closing = CLOSING.exec(found[index + 1]);
      if (!opening || opening[1] !== closing?.[1]) return;
      found[index - 1] = found[index - 1].slice(0, opening.index);
      found[index + 1] = found[index + 1].slice(closing[0].length);
      part.start = opening[0] + part.start;
      part.end += closing[0];
    }
  });
  return found;
}

// The place of the block before (-1) or after (1) `part`, if the two can change places: not across
// the edge of a condition, nor with a link in the middle of a sentence. Undefined if they cannot.
function neighbour(part, step) {
  const from = parts.indexOf(part);
  let to = from + step;
  while (to in parts && !isBlock(parts[to])) to += step;
  if (!(to in parts) || parts[to].isInline !== part.isInline) return undefined;
  const between = parts.slice(Math.min(from, to) + 1, Math.max(from, to)).join("");
  return between.includes("{%") ? undefined : to;
}

function move(part, step) {
  const from = parts.indexOf(part);
  const to = neighbour(part, step);
  const number = parts.slice(0, to).filter(isBlock).length;
  [parts[from], parts[to]] = [parts[to], parts[from]];
  write();
  show();
  focusOn(number, step < 0 ? "up" : "down");
}

function duplicate(part) {
  const from = parts.indexOf(part);
  parts.splice(from + 1, 0, "\n", { ...part });
  write();
  show();
  focusOn(parts.slice(0, from + 2).filter(isBlock).length, "duplicate");
}

// Where the pressed button is after a change of order; the other direction at either end.
function focusOn(number, name) {
  const row = box.querySelector("[data-blocks]").children[number];
  const button = row.querySelector(`[data-do="${name}"]`);
  (button.disabled ? row.querySelector("[data-do]:enabled") : button).focus();
}

function write() {
  source.value = parts
    .map((part) =>
      typeof part === "string"
        ? part
        : `${part.start}${part.attributes}>${written(part.text)}${part.end}`
    )
    .join("");
  isWriting = true;
  source.dispatchEvent(new Event("input", { bubbles: true }));
  isWriting = false;
}

function make(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function names(field, part) {
  const chosen = make("select", { ariaLabel: box.dataset.name });
  chosen.append(make("option", { value: "", textContent: box.dataset.name }));
  chosen.append(box.querySelector("template").content.cloneNode(true));
  chosen.addEventListener("change", () => {
    field.setRangeText(chosen.value, field.selectionStart, field.selectionEnd, "end");
    part.text = field.value;
    chosen.value = "";
    write();
    field.focus();
  });
  return chosen;
}

function fields(part, number) {
  const id = `mail-words-${number}`;
  const isShort = part.kind !== "text";
  const field = make(isShort ? "input" : "textarea", { id, value: part.text });
  if (!isShort) field.rows = 3;
  field.addEventListener("input", () => {
    part.text = field.value;
    write();
  });
  const row = make(
    "div",
    { className: "mail-block" },
    make("label", { htmlFor: id, textContent: box.dataset[part.kind] }),
    field,
  );
  const address = ADDRESS.exec(part.attributes);
  if (part.kind === "button" && address) {
    // An address that is still missing leaves room for an example.
    const value = typed(address[2]).replace(NO_ADDRESS, "");
    const placeholder = box.dataset.example;
    const url = make("input", { id: `${id}-address`, type: "url", value, placeholder });
    url.addEventListener("input", () => {
      const value = url.value.replace(/&/g, "&amp;").replace(/"/g, "&quot;");
      part.attributes = part.attributes.replace(ADDRESS, () => `href="${value}"`);
      write();
    });
    row.append(make("label", { htmlFor: url.id, textContent: box.dataset.address }), url);
  }
  const up = tool("up", part, () => move(part, -1));
  const down = tool("down", part, () => move(part, 1));
  up.disabled = neighbour(part, -1) === undefined;
  down.disabled = neighbour(part, 1) === undefined;
  const copy = tool("duplicate", part, () => duplicate(part));
  const remove = tool("remove", part, () => {
    parts[parts.indexOf(part)] = "";
    write();
    show();
    box.querySelector("[data-add]").focus();
  });
  const tools = [names(field, part), up, down, copy, remove];
  row.append(make("div", { className: "mail-block-tools" }, ...tools));
  return row;
}

function tool(name, part, press) {
  const textContent = box.dataset[name];
  const ariaLabel = `${textContent}: ${part.text}`;
  const button = make("button", { type: "button", className: "button", textContent, ariaLabel });
  button.dataset.do = name;
  button.addEventListener("click", press);
  return button;
}

function show() {
  box.hidden = format.value !== "html";
  parts = read(source.value);
  const blocks = parts.filter(isBlock);
  box.querySelector("[data-blocks]").replaceChildren(...blocks.map(fields));
}

// Behind the last block, and behind what that stands in.
function add(event) {
  const last = parts.findLastIndex(isBlock);
  const behind = parts.slice(last + 1).join("");
  const inner = /^(\s*{%\s*end(?:if|for|with)\s*%})+/.exec(behind)?.[0] ?? "";
  const before = parts.slice(0, last + 1);
  const rest = behind.slice(inner.length);
  parts = [...before, `${inner}\n${NEW[event.currentTarget.dataset.add]}${rest}`];
  write();
  show();
  box.querySelector("[data-blocks] > :last-child :is(input, textarea)").focus();
}

if (source) {
  show();
  for (const one of box.querySelectorAll("[data-add]")) one.addEventListener("click", add);
  format.addEventListener("change", show);
  source.addEventListener("input", () => isWriting || show());
}
