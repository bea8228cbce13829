// Typed values begin conditions.

import { isCondition, within } from "./state.js";

const LEAST = 3;
const MOST = 3;

// [family, options] of the beginnings that lack only such a value.
export async function named(language, text) {
  const { families, suggestions } = language;
  const isOpen = (one) => language.isIncomplete(one);
  if (text.length < LEAST) return [];
  const asked = new Map();
  const valuesOf = (attribute) => {
    if (!asked.has(attribute)) asked.set(attribute, suggestions.find(attribute, text));
    return asked.get(attribute);
  };
  const offers = async ({ label, node }) => {
    const places = within(node).filter(isCondition);
    const open = places.findIndex(isOpen);
    const isOnly = places.filter(isOpen).length === 1 && suggestions.hasList(places[open].attribute);
    const values = isOnly ? await valuesOf(places[open].attribute) : [];
    return values.slice(0, MOST).map((one) => ({
      label: label.replace("…", one.label),
      make: () => {
        const made = structuredClone(node);
        const place = within(made).filter(isCondition)[open];
        place.value = language.operator(place).takes === "list" ? [one.value] : one.value;
        return made;
      },
    }));
  };
  const groups = families.map(async ({ label, beginnings }) => {
    const options = await Promise.all(beginnings.map(offers));
    return [label, options.flat()];
  });
  return (await Promise.all(groups)).filter(([, options]) => options.length);
}
