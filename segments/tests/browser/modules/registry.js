// A small rule language, of every kind of value.

import { Language } from "/static/segments/builder/language.js";
import { Suggestions } from "/static/segments/builder/suggestions.js";

const is = { name: "is", label: "is", takes: "one", attribute: true, common: true };
const isNot = { name: "is_not", label: "is not", takes: "one", negates: "is" };
const isOneOf = { name: "is_one_of", label: "is one of", takes: "list" };
const isEmpty = { name: "is_empty", label: "is empty", takes: "nothing" };
const least = { name: "gte", label: "is at least", amount: "at least", takes: "one", attribute: true };
const between = { name: "between", label: "is between", takes: "pair" };
const isIn = { name: "is_in", label: "is in", takes: "part" };
const lately = { name: "in_last_days", label: "is in the last %(value)s days", takes: "days" };

const rank = (name, measure) => ({ name, label: name.replace("_", " "), takes: "rank", measure });
const places = ["in_top", "in_top_percent"];
const ranks = [...places, "above_average"];

export const registry = () => ({
  ranks: [rank("in_top", "number"), rank("in_top_percent", "percent"), rank("above_average", "average")],
  types: {
    text: { usual: "is", operators: [is, isNot, isOneOf, isEmpty], comparable_with: ["text"], ranks: [] },
    money: {
      usual: "gte", times: "number", operators: [is, least, between, isOneOf, isEmpty], comparable_with: ["money"],
      ranks,
    },
    integer: { usual: "gte", times: "number", operators: [is, least, isEmpty], comparable_with: ["integer"], ranks },
    boolean: { usual: "is", operators: [is], comparable_with: [], ranks: [] },
    part: { usual: "is_in", operators: [isIn], comparable_with: [], ranks: [] },
    date: { usual: "in_last_days", operators: [is, lately], comparable_with: ["date"], ranks: places },
  },
  attributes: {
    sales: { label: "Sales", type: "money", usual: "gte", unit: "EUR", comparable: true, ranked: true },
    profit: { label: "Profit", type: "money", usual: "gte", unit: "EUR", comparable: true },
    city: { label: "City", type: "text", usual: "is" },
    country: { label: "Country", type: "text", usual: "is", countries: true },
    group: {
      label: "Group", type: "text", usual: "is",
      choices: { closed: true, lazy: false, options: [{ value: "vip", label: "VIP" }, { value: "new", label: "New" }] },
    },
    brand: { label: "Brand", type: "text", usual: "is", choices: { lazy: true, options: [] } },
    subscribed: { label: "Subscribed", type: "boolean", usual: "is" },
    lot: { label: "Part", type: "part", usual: "is_in" },
    seen: { label: "Last seen", type: "date", usual: "in_last_days" },
    "order.total": { label: "Total", type: "money", usual: "gte", unit: "EUR", written_as: "order" },
    "order.city": { label: "City", type: "text", usual: "is", relation: "order", written_as: "order" },
  },
  relations: {
    order: {
      label: "Orders", same: "the same order", has_time: true, relations: [],
      attributes: ["order.total", "order.city"], of: ["order.total"],
      phrases: { count: "have placed %(value)s%(where)s", one: "order", unit: "orders" },
    },
  },
  aggregates: [
    { name: "exists", label: "there is one" },
    { name: "count", label: "number", compares: true, result: "integer", zero: true },
    { name: "sum", label: "sum", compares: true, needs_of: true, of_types: { money: "money" } },
  ],
  matches: [
    { name: "all", label: "all", meaning: "each of them holds" },
    { name: "none", label: "none", meaning: "no condition is met" },
  ],
  periods: [{ name: "this_month", label: "this month" }],
  usual_values: { days: 30 },
  limits: { rows: 1000, periods: 60, steps: 5 },
  families: [
    {
      label: "Customer", relations: ["order"],
      attributes: ["sales", "profit", "city", "country", "group", "brand", "subscribed", "seen"],
      beginnings: [
        { label: "Big spenders", search: "rich", node: { attribute: "sales", operator: "gte", value: "500" } },
        { label: "Lives in …", search: "", node: { attribute: "country", operator: "is_one_of", value: [] } },
        {
          label: "Belongs to …", search: "",
          node: { match: "all", conditions: [
            { attribute: "group", operator: "is" }, { attribute: "city", operator: "is_empty" },
          ] },
        },
        { label: "Buys …", search: "", node: { attribute: "brand", operator: "is_one_of", value: [] } },
      ],
    },
    { label: "Orders", relations: [], attributes: ["order.total", "order.city"], beginnings: [] },
  ],
  countries: { FR: "France", DE: "Germany" },
});

export function spoken(more = {}) {
  const language = new Language(registry(), {
    timeZone: "UTC", keywords: { sales: "turnover" }, titles: {}, urls: { explain: "/explain/" },
  });
  const suggestions = (language.suggestions = new Suggestions("/values/", language, more));
  return { language, suggestions };
}
