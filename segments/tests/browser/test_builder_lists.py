"""Several values: Enter takes what is offered, lists are taken apart, the unknown is marked."""

import re

import pytest

from customers.models import Category, CustomerTag, Order, OrderItem, Product
from segments.models import Segment
from segments.tests.browser.axe import violations
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COUNTRY = "Condition 1: Country"


@pytest.fixture
def countries(builder):
    """The field for countries of a condition that takes several."""
    builder.open()
    builder.add("country")
    return builder.combobox(f"{COUNTRY}, value")


def paste(box, text):
    """Paste `text` as from a table or a mail."""
    box.evaluate(
        """(box, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", text);
            box.focus();
            const paste = { clipboardData, bubbles: true, cancelable: true };
            if (box.dispatchEvent(new ClipboardEvent("paste", paste))) {
                document.execCommand("insertText", false, text);
            }
        }""",
        text,
    )


def chips(builder):
    return builder.page.locator(".sb-value-chip")


@pytest.mark.parametrize("delay", [0, 400])
def test_enter_takes_the_first_that_is_offered_however_fast(builder, countries, delay):
    countries.click()
    builder.page.keyboard.type("f")
    expect(builder.page.locator(".sb-option").first).to_be_visible()
    builder.page.keyboard.type("ra", delay=delay)
    builder.page.keyboard.press("Enter")

    expect(chips(builder)).to_have_text(["France (FR)"])
    assert builder.conditions[0]["value"] == ["FR"]
    assert builder.focused == f"{COUNTRY}, value"
    builder.count_is("4 customers")


@pytest.mark.parametrize("is_pasted", [True, False])
def test_a_list_becomes_one_value_each(builder, countries, is_pasted):
    for text in ("France, Germany; Italy", "fr\nDE\nitaly", "France\tGermany\tItaly", "FR,DE,IT"):
        for _value in range(chips(builder).count()):
            countries.press("Backspace")
        expect(chips(builder)).to_have_count(0)
        if is_pasted:
            paste(countries, text)
        else:
            countries.fill(text.replace("\n", ";").replace("\t", ";"))
            countries.press("Enter")

        expect(chips(builder)).to_have_count(3)
        assert sorted(builder.conditions[0]["value"]) == ["DE", "FR", "IT"]
    builder.count_is("8 customers")


def test_what_is_not_known_is_marked_before_saving(builder, countries):
    paste(countries, "France, Wakanda")

    expect(chips(builder)).to_have_text(["France (FR)", "Wakanda (does not exist)"])
    expect(builder.page.locator(".sb-wrong")).to_have_text("Wakanda (does not exist)")
    expect(builder.page.locator(".sb-notes").first).to_contain_text("“Country” has no “Wakanda”.")
    assert violations(builder.page) == []
    builder.complaints.clear()
    builder.button(f"{COUNTRY}: take out Wakanda (does not exist)").click()
    expect(builder.page.locator(".sb-notes").first).not_to_contain_text("Wakanda")


def one_country(builder, text):
    """Write `text` into the field for one country."""
    builder.add("country")
    builder.combobox(f"{COUNTRY}, operator").select_option("is")
    builder.combobox(f"{COUNTRY}, value").click()
    builder.page.keyboard.type(text)


KEEP = "Choose one of the offered values, or press Escape and Enter to keep “{}” as it is."


def is_refused(builder, box, text, says):
    """Check that `text` is still in the field `box`, marked, and neither counted nor sent."""
    expect(box).to_have_value(text)
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(says)
    builder.facts_say("see what is marked")
    builder.save()
    assert builder.focused == f"{COUNTRY}, value"
    expect(box).to_have_value(text)
    assert not Segment.objects.exists()


def saved_after_asking(builder, question):
    builder.save()
    dialog = builder.page.get_by_role("dialog")
    expect(dialog).to_contain_text(question)
    dialog.get_by_role("button", name="Save", exact=True).click()
    builder.saved()
    return Segment.objects.get().conditions["conditions"][0]["value"]


@pytest.mark.parametrize("leave", ["save", "Tab", "Enter"])
def test_what_is_no_country_is_not_made_one_by_leaving_the_field(builder, countries, leave):
    text = "Wakanda" if leave == "Enter" else "ger"
    builder.page.fill("#id_name", "Germans")
    countries.click()
    builder.page.keyboard.type(text)
    if leave == "save":
        builder.save()
    else:
        builder.page.keyboard.press(leave)

    expect(chips(builder)).to_have_count(0)
    is_refused(builder, countries, text, KEEP.format(text))
    assert violations(builder.page) == []
    builder.complaints.clear()

    countries.fill("germany")
    builder.save()
    builder.saved()
    assert Segment.objects.get().conditions["conditions"][0]["value"] == ["DE"]


def test_of_several_texts_those_that_are_values_are_taken(builder, countries):
    countries.fill("fr, Wakanda, Italy")
    countries.blur()

    expect(chips(builder)).to_have_text(["France (FR)", "Italy (IT)"])
    is_refused(builder, countries, "Wakanda", KEEP.format("Wakanda"))
    builder.button(f"{COUNTRY}: take out Italy (IT)").click()
    expect(countries).to_have_value("Wakanda")
    countries.fill("")
    assert builder.conditions[0]["value"] == ["FR"]
    expect(countries).not_to_have_attribute("aria-invalid", "true")
    builder.count_is("4 customers")


def test_an_unknown_value_is_kept_on_purpose_and_asked_about_once(builder, countries):
    builder.page.fill("#id_name", "Far away")
    countries.fill("Wakanda")
    countries.press("Escape")
    countries.press("Enter")

    expect(chips(builder)).to_have_text(["Wakanda (does not exist)"])
    builder.settled()
    question = "“Wakanda” does not exist in this shop: save anyway?"
    assert saved_after_asking(builder, question) == ["Wakanda"]


@pytest.mark.parametrize("key", ["Tab", "Enter"])
def test_one_text_that_is_no_country_is_refused_or_kept_on_purpose(builder, key):
    builder.open()
    builder.page.fill("#id_name", "Far away")
    one_country(builder, "Wakanda")
    box = builder.combobox(f"{COUNTRY}, value")
    builder.page.keyboard.press(key)

    is_refused(builder, box, "Wakanda", KEEP.format("Wakanda"))
    box.press("Escape")
    box.press("Enter")
    expect(builder.page.locator(".sb-notes").first).to_contain_text("“Country” has no “Wakanda”.")
    assert builder.conditions[0]["value"] == "Wakanda"
    builder.settled()
    assert saved_after_asking(builder, "“Wakanda” does not exist in this shop") == "Wakanda"


@pytest.mark.parametrize("text", ["france", "FR", "fr "])
def test_a_country_written_out_is_taken_when_the_field_is_left(builder, text):
    builder.open()
    one_country(builder, text)
    builder.page.keyboard.press("Tab")

    assert builder.conditions[0]["value"] == "FR"
    builder.count_is("4 customers")


def test_a_list_that_comes_when_one_value_is_asked_for_disturbs_nobody(builder):
    held = []
    builder.open()
    builder.page.route(
        re.compile(r"/values/\?"),
        lambda route: route.continue_() if held else held.append(route),
    )
    builder.add("country")
    while not held:
        builder.page.wait_for_timeout(20)
    builder.combobox(f"{COUNTRY}, operator").select_option("is")
    builder.combobox(f"{COUNTRY}, value").fill("FR")
    assert builder.conditions[0]["value"] == "FR"
    with builder.page.expect_response(held[0].request.url):
        held[0].continue_()

    # What the page complains of is seen by `builder` itself.
    builder.count_is("4 customers")


def test_several_countries_where_one_is_asked_for_lead_to_the_list(builder):
    text = "France, Germany, Italy"
    builder.open()
    one_country(builder, text)
    builder.page.keyboard.press("Enter")
    box = builder.combobox(f"{COUNTRY}, value")

    is_refused(builder, box, text, f"“{text}” are several values: choose “is one of” for them.")
    builder.combobox(f"{COUNTRY}, operator").select_option("is_one_of")
    expect(box).to_have_value(text)
    box.press("Enter")
    expect(chips(builder)).to_have_count(3)
    builder.count_is("8 customers")


def test_a_part_of_a_country_is_no_mistake_where_parts_are_asked_for(builder):
    builder.open()
    one_country(builder, "fra")
    builder.page.keyboard.press("Tab")
    builder.combobox(f"{COUNTRY}, operator").select_option("contains")

    assert builder.conditions[0]["value"] == "fra"
    builder.count_is("0 customers")


def test_an_unknown_value_that_is_stored_is_marked_and_asked_about(builder, make_segment):
    far = {"attribute": "address.country", "operator": "is_one_of", "value": ["Wakanda"]}
    builder.open(make_segment(conditions=[far]))

    expect(chips(builder)).to_have_text(["Wakanda (does not exist)"])
    assert saved_after_asking(builder, "“Wakanda” does not exist") == ["Wakanda"]


def test_a_known_value_with_commas_stays_whole(builder, shop):
    for code, name in (("s", "Shoes, men, leather"), ("h", "Hats"), ("m", "men")):
        Category.objects.create(code=code, name=name)
    product = Product.objects.create(sku="S", name="Shoe", price="50")
    product.product_categories.create(category=Category.objects.get(code="s"))
    OrderItem.objects.create(
        order=Order.objects.get(number="O-GB"), line="1", product=product, sku="S", quantity=1
    )
    builder.open()
    builder.add("bought from a category")
    box = builder.combobox("Condition 1.1: Category, value")
    paste(box, "Hats, shoes, men, leather, Socks")

    expect(chips(builder)).to_have_text(
        ["Hats", "Shoes, men, leather", "Socks (does not exist)"],
    )
    assert builder.conditions[0]["conditions"][0]["value"] == ["h", "s", "Socks"]
    builder.facts_say("see what is marked")
    builder.button("Condition 1.1: Category: take out Socks (does not exist)").click()
    builder.count_is("1 customer")
    builder.complaints.clear()


def test_texts_are_split_but_for_those_that_are_stored_with_a_comma(builder, shop):
    Order.objects.filter(number="O-GB").update(coupon_code="TEN, TWENTY")
    builder.open()
    builder.add("coupon code")
    name = "Condition 1.1: Coupon code"
    builder.combobox(f"{name}, operator").select_option("is_one_of")
    paste(builder.combobox(f"{name}, value"), "ten, twenty, SAVE10, OTHER")

    expect(chips(builder)).to_have_text(["ten, twenty", "SAVE10", "OTHER"])
    expect(builder.page.locator(".sb-wrong")).to_have_count(0)
    builder.count_is("3 customers")


def test_stored_values_of_an_open_list_are_marked_when_they_are_not_known(
    builder, make_segment, shop
):
    CustomerTag.objects.create(customer=shop["GB"], tag="vip")
    tags = {"attribute": "customer.tags", "operator": "has_any_of", "value": ["vip", "vib"]}
    builder.open(make_segment(conditions=[tags]))

    expect(chips(builder)).to_have_text(["vip", "vib (does not exist)"])
    box = builder.combobox("Condition 1: Tags, value")
    builder.button("Condition 1: Tags: take out vip").click()
    box.fill("vi")
    box.press("Enter")
    expect(chips(builder)).to_have_text(["vib (does not exist)", "vip"])


def test_what_is_still_being_looked_up_is_saved_too(builder, shop):
    Category.objects.create(code="h", name="Hats")
    builder.open()
    builder.page.fill("#id_name", "Hats")
    builder.add("bought from a category")
    builder.page.keyboard.type("hats")
    builder.save()
    builder.saved()

    (sales,) = Segment.objects.get().conditions["conditions"]
    assert sales["conditions"][0]["value"] == ["h"]


def test_many_values_take_one_line_and_are_edited_as_lines(builder, countries):
    codes = [chr(65 + one) + chr(65 + other) for one in range(10) for other in range(2)]
    paste(countries, "\n".join(codes))

    many = builder.button(f"{COUNTRY}: 20 values, edit")
    expect(many).to_be_visible()
    expect(builder.page.locator(".sb-value-chip")).to_have_count(1)
    many.click()
    lines = builder.page.get_by_role("dialog").get_by_role("textbox")
    lines.fill("France\nDE\nWakanda")
    builder.answer_dialog("Take these")

    expect(chips(builder)).to_have_text(["France (FR)", "Germany (DE)", "Wakanda (does not exist)"])
    assert builder.conditions[0]["value"] == ["FR", "DE", "Wakanda"]
    builder.button("Undo").click()
    assert len(builder.conditions[0]["value"]) == 20


def test_a_list_opens_by_itself_with_what_there_is_first_and_how_many_have_it(builder, countries):
    options = builder.page.get_by_role("listbox").get_by_role("option")
    expect(options.nth(0)).to_have_text(re.compile(r"^(France|Germany).*4 customers$"))
    expect(options.nth(1)).to_have_text(re.compile(r"^(France|Germany).*4 customers$"))
    expect(countries).to_have_attribute("aria-expanded", "true")
    # Nothing is taken that nobody went to.
    builder.page.keyboard.press("Enter")
    assert builder.focused == "All conditions: add a condition"
    assert "value" not in builder.conditions[0]


def test_backspace_in_an_empty_field_takes_the_last_value_out(builder, countries):
    paste(countries, "FR, DE")
    expect(chips(builder)).to_have_count(2)
    countries.press("Backspace")

    assert builder.conditions[0]["value"] == ["FR"]
    assert builder.focused == f"{COUNTRY}, value"


def test_a_count_that_never_comes_keeps_nobody_waiting(builder):
    builder.page.route(re.compile("values/counts/$"), lambda route: None)
    builder.open()
    builder.add("country")
    builder.page.get_by_role("option", name="France").click()

    builder.count_is("4 customers")
