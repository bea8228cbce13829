// Tests of what members buy: only what is known, and how it differs from what is saved.

import { Sales } from "/static/segments/builder/sales.js";
import { stage, texts } from "/tests/page.js";
import { equal, test } from "/tests/unit.js";

const figures = (sales) => ({ sales, orders: 4, mailable: null });
const names = ({ element }) => [...element.children].map((one) => one.dataset.figure);

test("only what is known is shown, in its order", () => {
  stage([]);
  const sales = new Sales("EUR");
  equal(sales.element.ariaBusy, "true");
  sales.show({ mailable: 1, customers: 4, orders: 2, sales: "10" });
  equal([names(sales), sales.element.ariaBusy], [["sales", "orders", "mailable"], "false"]);
  equal(texts(sales.element, "[data-figure=mailable] dd")[0].includes("25%"), true, "with its share");
  sales.show();
  equal(names(sales), []);
});

test("a difference is that of the figures as they are shown", () => {
  stage([]);
  const sales = new Sales("EUR");
  sales.isAsSaved = true;
  sales.show({ average_order: "305.6649" });
  sales.isAsSaved = false;
  sales.show({ average_order: "304.9151" });
  equal(/^ −€0\.74/.test(texts(sales.element, ".sb-difference")[0]), true);
});

test("more and less than what is saved is told, the same is not", () => {
  stage([]);
  const sales = new Sales("EUR");
  sales.isAsSaved = true;
  sales.show(figures("100"));
  equal(texts(sales.element, ".sb-difference"), []);
  sales.isAsSaved = false;
  sales.show(figures("150"));
  const [more, ...others] = texts(sales.element, ".sb-difference");
  equal([/^ \+.*50/.test(more), more.includes("than_saved"), others], [true, true, []]);
  sales.show(figures("40"));
  equal(/^ −.*60/.test(texts(sales.element, ".sb-difference")[0]), true);
});
