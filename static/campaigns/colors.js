// Next to each field of a colour: the browser's picker, which writes what is picked into the field.

for (const field of document.querySelectorAll("[data-color]")) {
  const picker = document.createElement("input");
  picker.type = "color";
  picker.className = "color-picker";
  picker.setAttribute("aria-label", field.dataset.pick);
  const show = () => {
    picker.value = /^#[0-9a-f]{6}$/i.test(field.value.trim()) ? field.value.trim() : field.dataset.color;
  };
  field.addEventListener("input", show);
  picker.addEventListener("input", () => {
    field.value = picker.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  show();
  field.after(picker);
}
