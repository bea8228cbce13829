// Tests of values that are typed where a condition is begun.

import { named } from "/static/segments/builder/named.js";
import { site } from "/tests/page.js";
import { spoken } from "/tests/registry.js";
import { equal, test } from "/tests/unit.js";

const offered = async (text, answer = () => ({ body: [] })) => {
  const asked = site(answer);
  const groups = await named(spoken().language, text);
  return { asked, labels: groups.map(([family, options]) => [family, options.map(({ label }) => label)]), groups };
};

test("a value begins the condition that asks for it", async () => {
  const { labels, groups } = await offered("fran");
  equal(labels, [["Customer", ["Lives in France (FR)"]]]);
  const { make } = groups[0][1][0];
  equal(make(), { attribute: "country", operator: "is_one_of", value: ["FR"] });
  equal(make() === make(), false, "each time another");
});

test("an operator that takes one value gets no list, beside one that takes none", async () => {
  const { labels, groups } = await offered("VIP");
  equal(labels, [["Customer", ["Belongs to VIP"]]]);
  equal(groups[0][1][0].make().conditions[0].value, "vip");
});

test("values that only the site knows are asked for", async () => {
  const { asked, labels } = await offered("acme", ({ address }) =>
    ({ body: address.includes("brand") ? [{ value: "a", label: "Acme" }] : [] }));
  equal(labels, [["Customer", ["Buys Acme"]]]);
  equal(asked.filter(({ address }) => address.includes("brand")).length, 1);
});

test("of two letters nothing is asked", async () => {
  const { asked, labels } = await offered("fr");
  equal([asked.length, labels.length], [0, 0]);
});
