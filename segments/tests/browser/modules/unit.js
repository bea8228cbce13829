// Tests by name, and what they say where something is not as it should be.

const tests = new Map();

export function test(name, act) {
  if (tests.has(name)) throw new Error(`two tests are named "${name}"`);
  tests.set(name, act);
}

export const names = () => [...tests.keys()];

// What went wrong, as text; "" where nothing did.
export async function failure(name) {
  try {
    await tests.get(name)();
    return "";
  } catch (error) {
    return error.stack;
  }
}

// The order of keys means nothing, and a key without a value is not the same as none.
function shown(value) {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (value?.constructor !== Object) return JSON.stringify(value) ?? String(value);
  const parts = Object.keys(value).sort().map((key) => `${key}: ${shown(value[key])}`);
  return `{${parts.join(", ")}}`;
}

export function equal(found, expected, about = "") {
  const [left, right] = [shown(found), shown(expected)];
  if (left !== right) throw new Error(`${about}\n   found ${left}\nexpected ${right}`);
}
