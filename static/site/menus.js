// Filters and menus close when one clicks elsewhere or presses Escape, as any list that opens does.

const OPEN = "#changelist-filter details[open], .menu[open]";

document.addEventListener("click", (event) => {
  const within = event.target.closest(OPEN);
  for (const one of document.querySelectorAll(OPEN)) if (one !== within) one.open = false;
});

document.addEventListener("keydown", (event) => {
  const open = event.target.closest?.(OPEN) ?? document.querySelector(OPEN);
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
