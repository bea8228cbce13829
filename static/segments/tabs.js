// Brings the open one of tabs that are wider than the page into view.

for (const open of document.querySelectorAll(".segment-tabs [aria-current]")) {
  open.scrollIntoView({ block: "nearest", inline: "center" });
}
