// Names each cell of a wide table after its column, so that on a telephone the style sheet can show
// a row as a block of named values (tables.css). Without a script tables scroll by themselves.

const TABLES = ":is(.segment-scroll, .scrolls, #changelist .results) table";
const FEWEST_COLUMNS = 4;
// A block is no row to a screen reader unless its role says so.
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TFOOT: "rowgroup", TR: "row" };

function stack(table) {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  if (table.closest(".inline-group")) return;
  // A column of sentences needs all the width there is.
  const hasSentences = heads.length > 2 && table.querySelector("tbody .segment-text");
  const isWide = heads.length >= FEWEST_COLUMNS || hasSentences;
  table.classList.add(isWide ? "stacks" : "breaks");
  if (!isWide) return;
  for (const one of [table, ...table.querySelectorAll("thead, tbody, tfoot, tr")]) one.role = ROLES[one.tagName];
  for (const head of heads) head.role = "columnheader";
  const names = heads.map((head) => (head.querySelector(".text") ?? head).textContent.trim());
  for (const body of [...table.tBodies, table.tFoot]) for (const row of body?.rows ?? []) nameCells(row, names);
}

function nameCells(row, names) {
  const cells = [...row.cells];
  const title = row.querySelector("th") ?? cells.find((cell) => !cell.matches(".action-checkbox"));
  let column = 0;
  for (const cell of cells) {
    cell.role = cell.tagName === "TH" ? "rowheader" : "cell";
    const isNamed = cell !== title && cell.colSpan === 1 && !cell.matches(".action-checkbox");
    if (isNamed && names[column]) cell.dataset.column = names[column];
    column += cell.colSpan;
  }
}

function stackAll() {
  for (const table of document.querySelectorAll(TABLES)) stack(table);
}

stackAll();
// Lists that are searched or kept fresh get other rows.
new MutationObserver((changes) => {
  const added = changes.flatMap((change) => [...change.addedNodes]);
  if (added.some((node) => node.nodeType === 1 && (node.matches("tr") || node.querySelector("tr")))) stackAll();
}).observe(document.getElementById("content") ?? document.body, { childList: true, subtree: true });
