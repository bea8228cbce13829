"""The condition builder as a person meets it: by the names of its controls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from tests.lazy import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

PREVIEW = re.compile(r"/segments/preview/$")

# The next count may be told in the moment after: what was said stays here.
HEAR = """() => {
  const status = document.querySelector("segment-builder > [role=status]");
  window.heard = [];
  new MutationObserver(() => window.heard.push(status.textContent))
    .observe(status, { childList: true, characterData: true, subtree: true });
}"""


class Builder:
    """A page with the builder.

    `interactions` counts clicks and finished lines of typing, `presses` the keys besides text.
    """

    def __init__(self, page: Page, root: str) -> None:
        self.page = page
        self.root = root
        self.interactions = self.presses = 0
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, segment: Any = None) -> None:
        """Open the form of `segment`, or of a new one, and wait for the first count."""
        name = "change" if segment else "add"
        arguments = [segment.pk] if segment else []
        self.page.goto(self.root + reverse(f"admin:segments_segment_{name}", args=arguments))
        self.settled()
        self.page.evaluate(HEAR)

    def hears(self, text: str) -> None:
        """Wait until who listens to the page was told `text`, since it was opened."""
        self.page.wait_for_function(
            "text => window.heard.some((one) => one.includes(text))", arg=text
        )

    def settled(self) -> None:
        """Wait until nothing is being counted."""
        for part in (".sb-panel-body", ".sb-figures"):
            expect(self.page.locator(part)).to_have_attribute("aria-busy", "false")

    @property
    def tree(self) -> Any:
        """The tree that the form would send."""
        return json.loads(self.page.input_value("#id_conditions"))

    @property
    def conditions(self) -> Any:
        """What stands directly below the root."""
        return self.tree["conditions"]

    def combobox(self, name: str) -> Locator:
        return self.page.get_by_role("combobox", name=name, exact=True)

    def textbox(self, name: str) -> Locator:
        return self.page.get_by_role("textbox", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def adding(self, group: str = "All conditions") -> Locator:
        """The field that adds a condition to `group`."""
        return self.combobox(f"{group}: add a condition")

    def add(self, words: str, value: str = "", group: str = "All conditions") -> None:
        """Search for a condition, take the first that is found and write its value."""
        self.adding(group).click()
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")
        if value:
            self.page.keyboard.type(value)

    def choose(self, name: str, choice: str) -> None:
        """Choose something from the menu of the condition or group called `name`."""
        self.page.get_by_label(f"More: {name}", exact=True).click()
        self.button(choice).click()

    def answer_dialog(self, answer: str) -> None:
        """Answer the open dialog, and wait until the page has taken the answer."""
        self.button(answer).click()
        expect(self.page.locator(".sb-dialog")).to_have_count(0)

    def click(self, place: Locator) -> None:
        """Click, as one interaction."""
        self.interactions += 1
        place.click()

    def write(self, line: str, *, enter: bool = False) -> None:
        """Type a line where the focus is, and finish it with Enter, as one interaction."""
        self.interactions += 1
        self.page.keyboard.type(line)
        if enter:
            self.presses += 1
            self.page.keyboard.press("Enter")

    @property
    def focused(self) -> str:
        """The name of what has the focus."""
        return str(
            self.page.evaluate(
                "document.activeElement.getAttribute('aria-label')"
                " ?? document.activeElement.textContent"
            )
        )

    def tab_to(self, name: str) -> None:
        """Press Tab until what is called `name` has the focus."""
        for _press in range(100):
            self.presses += 1
            self.page.keyboard.press("Tab")
            if self.page.evaluate(
                "name => [document.activeElement.getAttribute('aria-label'),"
                " document.activeElement.value].includes(name)",
                name,
            ):
                return
        raise AssertionError(f"Tab never reaches {name}")

    def count_is(self, text: str) -> None:
        expect(self.page.locator(".sb-count")).to_have_text(text)

    def facts_say(self, text: str) -> None:
        """Beside the count, or with the customers, where there is more room."""
        expect(self.page.locator(".sb-short, .sb-facts").filter(has_text=text)).to_have_count(1)

    def answer(self, reply: Callable[[Route], None]) -> None:
        """From now on answer previews by `reply`."""
        self.page.unroute_all()
        self.page.route(PREVIEW, reply)

    def unfold(self) -> None:
        """Open the settings."""
        self.page.locator(".workbench-settings > summary").click()

    def saved(self) -> None:
        """Wait until the page says that it is saved, and is there to go on with."""
        expect(self.page.locator(".messagelist .success")).to_be_visible()

    def save(self, name: str = "Save") -> None:
        self.page.locator(f".submit-row [value='{name}']").click()
