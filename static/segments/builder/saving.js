// Says first what saving changes.

import { call } from "./api.js";
import { ask, h } from "./dom.js";
import { say } from "./words.js";

export function confirmSaving(address, definition, warnings) {
  const body = h("div", { role: "status" }, address && h("p", {}, say("counting")));
  if (address) call("POST", address, { body: definition }).then(({ differences, members }) => body.replaceChildren(
    h("ul", { class: "sb-differences" }, differences.map(({ is_new: isNew, words, depth }) =>
      h("li", { class: isNew ? "sb-new" : "sb-gone", "data-depth": Math.min(depth, 5) },
        h("strong", {}, say(isNew ? "added_line" : "removed_line")), ` ${words}`))),
    h("p", {}, members ? say("members_change", members) : say("members_unknown")),
  ), (error) => body.replaceChildren(h("p", {}, say("failed", { error: error.message }))));
  const content = [...warnings.map((text) => h("p", { class: "sb-warning" }, text)), body];
  return ask(say("saving_changes"), content, say("save"), say("go_on_editing"));
}
