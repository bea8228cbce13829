"""A sentence becomes the tree; what was not understood is asked about, never left out unsaid."""

import json
import re

import pytest

from segments.models import Segment
from segments.tests.browser.axe import violations
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FRANCE = {"attribute": "address.country", "operator": "is", "value": "FR"}
ORDERED = {"relation": "sales", "aggregate": "exists"}
SAID = "Say who you are looking for"


def reading(*conditions, sentence):
    return {"conditions": {"match": "all", "conditions": list(conditions)}, "sentence": sentence}


def unread(text, part, *offers):
    at = text.index(part)
    return {"from": at, "to": at + len(part), "text": part, "offers": list(offers)}


@pytest.fixture
def saying(builder):
    """Return a function that opens the builder, where texts are read as it is told."""
    asked = []

    def answer(route):
        text = json.loads(route.request.post_data)["text"]
        asked.append(text)
        found = replies.get(text, {"readings": [], "unread": [unread(text, text)]})
        route.fulfill(json=found)

    replies = {}
    builder.page.route(re.compile("conditions/read/$"), answer)

    def open_with(**by_text):
        replies.update(by_text.pop("replies"))
        builder.open()
        builder.textbox(SAID).click()
        return asked

    return open_with


def test_enter_takes_what_was_understood_in_one_step(builder, saying):
    text = "from France"
    saying(
        replies={
            text: {"readings": [reading(FRANCE, sentence="They live in France.")], "unread": []}
        }
    )
    builder.write(text, enter=True)

    builder.hears("Taken: They live in France.")
    assert builder.conditions == [FRANCE]
    builder.count_is("4 customers")
    assert builder.focused == SAID or builder.page.evaluate("document.activeElement.id") == "sb-say"
    builder.button("Undo").click()
    assert builder.conditions == []


def test_a_new_segment_begins_with_its_sentence(builder, saying):
    text = "from France"
    saying(replies={text: {"readings": [reading(FRANCE, sentence="France.")], "unread": []}})
    builder.open()
    builder.page.wait_for_function("() => document.activeElement.id === 'sb-say'")
    builder.page.keyboard.type(text)
    builder.button("Build").click()

    builder.hears("Taken:")
    assert builder.conditions == [FRANCE]


def test_before_enter_the_tree_stays_as_it_is_and_the_reading_is_shown(builder, saying):
    text = "from France"
    saying(
        replies={
            text: {"readings": [reading(FRANCE, sentence="They live in France.")], "unread": []}
        }
    )
    builder.page.keyboard.type(text)

    offered = builder.button("They live in France.")
    expect(offered).to_have_attribute("aria-pressed", "false")
    assert builder.conditions == []
    offered.click()
    assert builder.conditions == [FRANCE]


def test_two_readings_are_both_offered_and_either_can_be_taken(builder, saying):
    text = "signed up or so"
    saying(
        replies={
            text: {
                "readings": [
                    reading(FRANCE, sentence="The one."),
                    reading(ORDERED, sentence="The other."),
                ],
                "unread": [],
            }
        }
    )
    builder.write(text, enter=True)

    expect(builder.button("The one.")).to_have_attribute("aria-pressed", "true")
    assert builder.conditions == [FRANCE]
    builder.button("The other.").click()
    assert builder.conditions == [ORDERED]
    expect(builder.button("The other.")).to_have_attribute("aria-pressed", "true")


def test_what_differs_between_two_readings_stands_out(builder, saying):
    text = "bought shoes for more than 100"
    saying(
        replies={
            text: {
                "readings": [
                    reading(FRANCE, sentence="Customers with an order of more than 100 EUR."),
                    reading(ORDERED, sentence="Customers with a line of more than 100 EUR."),
                ],
                "unread": [],
            }
        }
    )
    builder.page.keyboard.type(text)

    shown = builder.page.locator(".sb-reading strong")
    expect(shown).to_have_text(["an", "order", "a", "line"])
    expect(builder.button("Customers with a line of more than 100 EUR.")).to_be_visible()


def shown_refusal(builder):
    """Return what the builder shows at the sentence of why it is not saved."""
    shown = """() => {
        const said = document.querySelector(".sb-said");
        const { content, display } = getComputedStyle(said, "::before");
        return content === "none" ? "" : display === "block" && said.dataset.missing;
    }"""
    return builder.page.evaluate(shown)


def test_half_a_sentence_is_underlined_and_not_saved(builder, saying):
    text = "big spenders from France"
    saying(
        replies={
            text: {
                "readings": [reading(FRANCE, sentence="They live in France.")],
                "unread": [unread(text, "big spenders")],
            },
        }
    )
    builder.page.fill("#id_name", "French")
    builder.textbox(SAID).click()
    builder.write(text, enter=True)

    expect(builder.page.locator(".sb-unread")).to_have_text("big spenders")
    assert violations(builder.page) == []
    builder.complaints.clear()
    builder.settled()
    builder.save()
    refusal = "Not understood: “big spenders”. Choose what was meant, or leave it out."
    builder.hears(refusal)
    assert shown_refusal(builder) == refusal
    assert builder.focused == "Leave out “big spenders”"
    assert not Segment.objects.exists()

    builder.page.keyboard.press("Enter")
    builder.hears("“big spenders” is left out.")
    assert shown_refusal(builder) == ""
    builder.save()
    builder.page.wait_for_url("**/segments/segment/**")
    assert Segment.objects.get().conditions["conditions"] == [FRANCE]


def test_what_is_understood_in_part_says_so_and_names_what_enter_leaves_out(builder, saying):
    text = "from France since June"
    one, other = (reading(FRANCE, sentence=each) for each in ("One.", "Other."))
    left = [unread(text, "since June")]
    saying(
        replies={
            text: {"readings": [one], "unread": left},
            f"{text}!": {"readings": [one, other], "unread": left},
        }
    )
    builder.page.keyboard.type(text)
    told = builder.page.locator(".sb-said-readings")
    expect(told).to_contain_text(
        "Understood only in part. Left out: “since June”. Enter takes the rest:"
    )
    builder.page.keyboard.type("!")
    expect(builder.button("Other.")).to_be_visible()
    expect(told).to_contain_text("Left out: “since June”.")
    builder.page.keyboard.press("Enter")
    expect(told).to_contain_text("Understood only in part, and taken without “since June”.")


def test_an_offer_takes_the_place_of_what_was_not_understood_and_is_read_again(builder, saying):
    text, mended = "from Frankreich", "from France"
    asked = saying(
        replies={
            text: {"readings": [], "unread": [unread(text, "Frankreich", "France", "Franconia")]},
            mended: {"readings": [reading(FRANCE, sentence="They live in France.")], "unread": []},
        }
    )
    builder.write(text, enter=True)
    builder.hears("Nothing of this was understood")
    builder.button("France").click()

    expect(builder.textbox(SAID)).to_have_value(mended)
    expect(builder.button("They live in France.")).to_be_visible()
    assert asked == [text, mended]
    builder.page.keyboard.press("Enter")
    assert builder.conditions == [FRANCE]


def test_a_sentence_that_was_not_taken_is_not_forgotten_by_saving(builder, saying):
    text = "from France"
    saying(
        replies={
            text: {"readings": [reading(FRANCE, sentence="They live in France.")], "unread": []}
        }
    )
    builder.page.fill("#id_name", "French")
    builder.textbox(SAID).click()
    builder.page.keyboard.type(text)
    expect(builder.button("They live in France.")).to_be_visible()
    builder.save()

    builder.hears("not in the conditions yet")
    assert not Segment.objects.exists()
    builder.textbox(SAID).press("Escape")
    expect(builder.textbox(SAID)).to_have_value("")
    builder.save()
    builder.page.wait_for_url("**/segments/segment/**")


def test_where_nobody_answers_it_says_so_and_keeps_the_sentence(builder):
    builder.page.route(re.compile("conditions/read/$"), lambda route: route.abort())
    builder.open()
    builder.textbox(SAID).click()
    builder.write("from France", enter=True)

    expect(builder.page.locator(".sb-said")).to_contain_text("That did not work")
    expect(builder.textbox(SAID)).to_have_value("from France")
    builder.complaints.clear()


def test_a_real_sentence_is_read_by_the_real_reader(builder):
    builder.open()
    builder.textbox(SAID).click()
    builder.write("in France or Germany, never ordered", enter=True)

    builder.hears("Taken:")
    builder.count_is("2 customers")
