"""Numbers as people write them: what is certain is read, what could mean two is refused."""

import pytest

from segments.models import Segment
from segments.tests.browser.axe import violations
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What is read alike in every language: only one number can be meant.
EVERYWHERE = {
    "": "",
    "  ": "",
    "500": "500",
    " 500\n": "500",
    "007": "7",
    "+5": "5",
    "-5": "-5",
    "−5": "-5",
    "0.5": "0.5",
    ",5": "0.5",
    "0,125": "0.125",
    "499,50": "499.50",
    "499.50": "499.50",
    "1.5": "1.5",
    "1,5": "1.5",
    "1234,567": "1234.567",
    "1.2345": "1.2345",
    "1 000": "1000",
    "1\u00a0000": "1000",
    "1\u202f234\u202f567,89": "1234567.89",
    "1 234,567": "1234.567",
    "1'234.50": "1234.50",
    "1’234.50": "1234.50",
    "1.234,56": "1234.56",
    "1,234.56": "1234.56",
    "1,000.00": "1000.00",
    "1.234.567": "1234567",
    "1,234,567": "1234567",
    "€ 1 000": "1000",
    "50 €": "50",
    "-€50": "-50",
    "1 000 EUR": "1000",
    "eur 20": "20",
    "99999999999999": "99999999999999",
}
REFUSED = {
    "plenty": "none",
    "1e3": "none",
    "0x10": "none",
    "١٢٣": "none",
    "１２": "none",
    "$50": "none",
    "50 USD": "none",
    "1 0000": "none",
    "12 34": "none",
    "1.2.3": "none",
    "1,00,000": "none",
    "1.234,567.8": "none",
    "1 234.567,8": "none",
    "5-": "none",
    "--5": "none",
    "(5)": "none",
    "5 %": "none",
    "½": "none",
    "Infinity": "none",
    ".": "none",
    "1.23456": "decimals",
    "0,00001": "decimals",
    "123456789012345": "long",
    "100.000.000.000.000": "long",
}
# Where three digits follow: the reader's own sign for thousands is certain, all else is not.
OF_A_LANGUAGE = {
    "en": {"1,000": "1000", "1.000": "unclear", "12.345": "unclear", "12,345": "12345"},
    "de": {"1.000": "1000", "1,000": "unclear", "12,345": "unclear", "-1.000 €": "-1000"},
    "fr": {"1.000": "unclear", "1,000": "unclear", "1\u202f000": "1000"},
}


def said(page, texts, **options):
    """Return what is read in each text: the number, or why none."""
    return page.evaluate(
        """async ([texts, options]) => {
            const { read } = await import("/static/segments/builder/figures.js");
            return Object.fromEntries(texts.map((text) => {
                const found = read(text, options);
                return [text, found.refused?.replace("figure_", "") ?? found.value];
            }));
        }""",
        [list(texts), options],
    )


@pytest.mark.parametrize("locale", ["en", "de", "fr"])
def test_numbers_are_read_as_a_language_writes_them(chromium, live_server, client, locale):
    context = chromium.new_context(locale=locale)
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/login/")
    expect(page.locator("html")).to_have_attribute("lang", locale)
    table = {**EVERYWHERE, **REFUSED, **OF_A_LANGUAGE[locale]}

    found = said(page, table, unit="EUR")
    days = said(page, ["30", "30 days", "1.5", "1,5", "1,0", "-3"], unit="days", whole=True)
    pieces = said(page, ["2", "2,5", "1 000"], integer=True)
    context.close()

    assert found == table
    assert days == {
        "30": 30,
        "30 days": 30,
        "1.5": "whole",
        "1,5": "whole",
        "1,0": "whole",
        "-3": -3,
    }
    assert pieces == {"2": 2, "2,5": "2.5", "1 000": 1000}


LISTS = {
    "1;2;3": ["1", "2", "3"],
    "1\n2\t3\r\n4": ["1", "2", "3", "4"],
    "1, 2, 3": ["1", "2", "3"],
    "1,2,3": ["1", "2", "3"],
    "1 2 3": ["1", "2", "3"],
    "10.5;20.5": ["10.5", "20.5"],
    "1 000; 2 000": ["1000", "2000"],
    "100,200,300": ["several"],
    "100 200": ["several"],
    "100,200": ["several"],
    "5;many": ["5", "none"],
}
LISTS_OF = {
    "en": {"1,000": ["1000"], "1,5": ["several"], "1.000": ["unclear"]},
    "de": {"1,5": ["1.5"], "1,5;2,5": ["1.5", "2.5"], "1.000": ["1000"], "1,000": ["unclear"]},
    "fr": {"1,5": ["1.5"], "1.000": ["unclear"], "1,000": ["unclear"]},
}


@pytest.mark.parametrize("locale", ["en", "de", "fr"])
def test_lists_of_numbers_are_taken_apart_where_that_is_certain(chromium, live_server, locale):
    context = chromium.new_context(locale=locale)
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/login/")
    lists = {**LISTS, **LISTS_OF[locale]}

    found = page.evaluate(
        """async (texts) => {
            const { readMany } = await import("/static/segments/builder/figures.js");
            const one = ({ refused, value }) => refused?.replace("figure_", "") ?? value;
            return Object.fromEntries(texts.map((text) => [text, readMany(text, {}).map(one)]));
        }""",
        list(lists),
    )
    context.close()

    assert found == lists


SALES = "Condition 1: Lifetime sales, value"


def test_what_was_understood_stands_beside_the_field(builder):
    builder.open()
    builder.add("lifetime sales", "1,000")

    assert builder.conditions[0]["value"] == "1000"
    expect(builder.page.locator(".sb-read")).to_have_text("= 1\u202f000")
    builder.count_is("0 customers")
    builder.textbox(SALES).fill("600")
    expect(builder.page.locator(".sb-read")).to_have_text("")
    builder.count_is("6 customers")


@pytest.mark.parametrize(
    ("builder", "text", "name", "says"),
    [
        ({"locale": "en"}, "1.000", SALES, "“1.000” could mean 1 or 1000"),
        ({"locale": "en"}, "12.345", SALES, "“12.345” could mean 12.3450 or 12345"),
        ({"locale": "en"}, "plenty", SALES, "“plenty” is not a number."),
    ],
    indirect=["builder"],
)
def test_what_could_mean_two_is_refused_beside_the_field(builder, text, name, says):
    builder.open()
    builder.page.fill("#id_name", "Big ones")
    builder.add("lifetime sales", text)
    field = builder.textbox(name)

    notes = builder.page.locator(".sb-node .sb-notes").first
    expect(notes).to_contain_text(says)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(notes.inner_text())
    builder.facts_say("see what is marked")
    expect(builder.page.locator("segment-builder > [role=status]")).to_contain_text(says)
    assert violations(builder.page) == []
    builder.complaints.clear()
    builder.save()
    assert builder.focused == name
    assert not Segment.objects.exists()

    # Another edit, and what is undone, leave what was written where it is.
    builder.add("number of orders", "1")
    expect(field).to_have_value(text)
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("600")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    builder.count_is("6 customers")
    builder.save()
    builder.saved()
    assert Segment.objects.get().conditions["conditions"][0]["value"] == "600"


@pytest.mark.parametrize("builder", [{"locale": "de"}], indirect=True)
def test_a_stored_number_is_shown_as_the_reader_writes_it(builder, make_segment):
    spent = {"attribute": "lifetime.sales", "operator": "between", "value": ["499.5", "1000.125"]}
    builder.open(make_segment(conditions=[spent]))
    fields = builder.page.locator(".sb-number-input")

    expect(fields.nth(0)).to_have_value("499,5")
    expect(fields.nth(1)).to_have_value("1000,125")
    fields.nth(0).fill("1.000")
    fields.nth(1).fill("1.000,5")
    assert builder.conditions[0]["value"] == ["1000", "1000.5"]


def test_both_ends_and_factors_are_read_and_refused(builder):
    builder.open()
    builder.add("lifetime sales")
    builder.combobox("Condition 1: Lifetime sales, operator").select_option("between")
    low = builder.textbox("Condition 1: Lifetime sales, from")
    high = builder.textbox("Condition 1: Lifetime sales, to")
    low.fill("1 000")
    high.fill("2.000")

    expect(low).not_to_have_attribute("aria-invalid", "true")
    expect(high).to_have_attribute("aria-invalid", "true")
    high.fill("2,000")
    assert builder.conditions[0]["value"] == ["1000", "2000"]
    builder.combobox("Condition 1: Lifetime sales, operator").select_option("gte")
    builder.choose("Condition 1: Lifetime sales", "Compare with another field")
    builder.combobox("Condition 1: Lifetime sales, other field").select_option("lifetime.profit")
    factor = builder.textbox("Condition 1: Lifetime sales, factor")
    factor.fill("1.000")
    expect(factor).to_have_attribute("aria-invalid", "true")
    factor.fill("0,5")
    assert builder.conditions[0]["value"]["times"] == "0.5"


def test_days_are_whole_numbers(builder):
    builder.open()
    builder.add("customer since", "1.5")
    field = builder.textbox("Condition 1: Customer since, value")

    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("30 days")
    assert builder.conditions[0]["value"] == 30


def test_a_list_of_numbers_takes_what_is_certain_and_marks_the_rest(builder):
    builder.open()
    builder.add("number of orders")
    builder.combobox("Condition 1: Number of orders, operator").select_option("is_one_of")
    box = builder.combobox("Condition 1: Number of orders, value")
    box.fill("1; 2; many")
    box.press("Enter")

    expect(builder.page.locator(".sb-wrong")).to_have_text("many")
    assert builder.conditions[0]["value"][:2] == [1, 2]
    expect(builder.page.locator(".sb-notes").first).to_contain_text("“many” is not a number")
    builder.button("Condition 1: Number of orders: take out many").click()
    assert builder.conditions[0]["value"] == [1, 2]
    builder.count_is("6 customers")


def test_what_the_server_refuses_is_marked_at_its_field(builder):
    builder.open()
    builder.add("customer since", "99999999")
    builder.facts_say("see what is marked")
    field = builder.textbox("Condition 1: Customer since, value")

    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("3")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    builder.settled()
    builder.complaints.clear()


def test_what_is_missing_is_said_aloud(builder):
    builder.open()
    builder.add("lifetime sales")

    expect(builder.page.locator("segment-builder > [role=status]")).to_have_text(
        "Not counted yet; still missing: Condition 1: Lifetime sales"
    )
