// "Select all" on the export page; onSelectToggleChange is the library's.
document.getElementById("select-all-toggle")?.addEventListener("change", onSelectToggleChange);
