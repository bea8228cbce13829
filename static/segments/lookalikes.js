// Says beside the size, while it is typed, how many of so many look-alikes are right.

const size = document.querySelector(".segment-list input[name=size]");
const live = document.querySelector("[data-lookalikes-live]");
const rows = [...document.querySelectorAll("[data-lookalikes-sizes] tr[data-size]")];

function say() {
  const wanted = Number(size.value);
  // The next larger size whose precision is known: what is said is never too good.
  const row = rows.find((one) => Number(one.dataset.size) >= wanted) ?? rows.at(-1);
  live.textContent = wanted >= 1 && row ? row.dataset.said : "";
}

if (size && live) {
  size.addEventListener("input", say);
  say();
}
