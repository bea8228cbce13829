"""The builder in light and dark, wide and narrow: axe finds nothing, nothing scrolls sideways."""

import gzip

import pytest
from django.conf import settings

from segments.tests.browser.axe import violations
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EVERYTHING = [
    {"attribute": "address.country", "operator": "is_not", "value": "DE"},
    {
        "match": "any",
        "conditions": [
            {
                "attribute": "lifetime.sales",
                "operator": "gte",
                "value": {"attribute": "lifetime.profit", "times": "1.5"},
            },
            {"attribute": "customer.registered_at", "operator": "in_last_days", "value": 30},
            {
                "attribute": "customer.email_domain",
                "operator": "is_one_of",
                "value": ["a.example", "b.example"],
            },
            {
                "attribute": "customer.date_of_birth",
                "operator": "between",
                "value": ["1980-01-01", "1990-01-01"],
            },
        ],
    },
    {
        "relation": "sales",
        "aggregate": "sum",
        "of": "order.grand_total",
        "operator": "gte",
        "value": "300",
        "match": "all",
        "conditions": [
            {"attribute": "order.created_at", "operator": "in_last_days", "value": 90},
            {"attribute": "order.coupon_code", "operator": "is_empty"},
        ],
    },
    {
        "steps": [
            {"relation": "product_views"},
            {"relation": "order_items", "after_hours": 1, "within_days": 7, "same": "sku"},
            {"relation": "refunds", "not": True, "within_days": 30},
        ]
    },
]


@pytest.mark.parametrize(
    ("chromium", "scheme", "width"),
    [("dejavu", "light", 1280), ("noto", "dark", 1280), ("noto", "dark", 375)],
    indirect=["chromium"],
)
def test_the_builder_in_all_its_states_is_clean(builder, make_segment, scheme, width):
    page = builder.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    builder.open(make_segment(conditions=EVERYTHING))
    faults = violations(page)
    builder.adding().click()
    expect(page.get_by_role("listbox")).to_be_visible()
    faults += violations(page)
    page.keyboard.press("Escape")
    page.get_by_label("More: Condition 2.4: Date of birth").click()
    faults += violations(page)
    page.keyboard.press("Escape")
    builder.add("lifetime sales")
    builder.facts_say("still missing")
    faults += violations(page)
    page.keyboard.type("plenty")
    builder.facts_say("see what is marked")
    faults += violations(page)
    page.keyboard.press("Control+a")
    page.keyboard.type("5")
    builder.settled()
    builder.save()
    expect(page.get_by_role("dialog").locator("li")).not_to_have_count(0)
    faults += violations(page)
    builder.answer_dialog("Go on editing")
    page.fill("#sb-who", "GB")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator("li")).not_to_have_count(0)
    faults += violations(page)

    assert faults == []
    # What axe itself says, and Chromium of the request that is refused on purpose.
    builder.complaints.clear()


@pytest.mark.parametrize("chromium", ["dejavu", "noto"], indirect=True)
@pytest.mark.parametrize("width", [1280, 375, 320])
def test_nothing_scrolls_sideways_and_targets_are_large_enough(builder, make_segment, width):
    builder.page.set_viewport_size({"width": width, "height": 900})
    builder.open(make_segment(conditions=EVERYTHING))

    assert builder.page.evaluate("document.documentElement.scrollWidth") <= width
    small = builder.page.evaluate(
        """[...document.querySelectorAll(
            'segment-builder :is(button, input, select, summary)')]
            .filter(one => one.checkVisibility())
            .map(one => [one.ariaLabel ?? one.textContent, one.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)"""
    )
    assert small == []


def test_every_control_has_a_name_of_its_own(builder, make_segment):
    builder.open(make_segment(conditions=EVERYTHING))
    names = builder.page.evaluate(
        """[...document.querySelectorAll(
            '.sb-tree :is(button, input, select, summary)')]
            .filter(one => one.checkVisibility())
            .map(one => one.getAttribute('aria-label') ?? one.textContent)"""
    )

    assert "" not in names
    assert sorted(names) == sorted(set(names))
    assert "Condition 2.1: Lifetime sales, operator" in names


def test_the_focus_goes_where_the_eye_goes(builder, make_segment):
    builder.open(make_segment(conditions=EVERYTHING[:1]))
    builder.combobox("All conditions: how many must hold").focus()
    seen = []
    for _press in range(6):
        builder.page.keyboard.press("Tab")
        seen.append(builder.focused)

    name = "Condition 1: Country"
    assert seen == [
        f"{name}, field",
        f"{name}, operator",
        f"{name}, value",
        f"More: {name}",
        f"Remove: {name}",
        "All conditions: add a condition",
    ]


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("builder", [{"locale": "he"}], indirect=True)
def test_it_reads_from_right_to_left(builder, make_segment, settings, width):
    settings.LANGUAGES = [*settings.LANGUAGES, ("he", "Hebrew")]
    builder.page.set_viewport_size({"width": width, "height": 900})
    builder.open(make_segment(conditions=EVERYTHING))

    expect(builder.page.locator("html")).to_have_attribute("dir", "rtl")
    number, tools = (
        builder.page.locator(place).first.bounding_box() for place in (".sb-position", ".sb-tools")
    )
    assert number["x"] > tools["x"]
    assert builder.page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(builder.page) == []
    # What axe itself says.
    builder.complaints.clear()


@pytest.mark.parametrize("builder", [{"locale": "de"}, {"locale": "fr"}], indirect=True)
def test_long_words_fit_on_a_telephone(builder, make_segment):
    builder.page.set_viewport_size({"width": 375, "height": 900})
    builder.open(make_segment(conditions=EVERYTHING))

    assert builder.page.evaluate("document.documentElement.scrollWidth") <= 375
    assert violations(builder.page) == []
    builder.complaints.clear()


def test_all_of_it_together_is_small():
    folder = settings.BASE_DIR / "static/segments"
    sources = [*sorted(folder.glob("builder/*.js")), folder / "workbench.js"]
    served = b"".join(source.read_bytes() for source in sources)

    # 32 KB until the rows of ranks, of first and last rows and of orders of events came, 36 until
    # the sentence got its button and new segments began with it.
    assert len(gzip.compress(served, mtime=0)) <= 36.5 * 1024


def test_forced_colours_and_reduced_motion_leave_everything_visible(builder, make_segment):
    page = builder.page
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    builder.open(make_segment(conditions=EVERYTHING))
    builder.adding().click()
    expect(page.get_by_role("listbox")).to_be_visible()

    page.keyboard.press("ArrowDown")
    # Colours alone no longer tell: the chosen option has an outline, whatever moves stands still.
    chosen = page.locator(".sb-option[aria-selected=true]")
    outline = chosen.evaluate("one => getComputedStyle(one).outlineStyle")
    unframed = page.evaluate(
        """[...document.querySelectorAll('.sb-condition, .sb-part-of-row, .sb-panel, .sb-list')]
            .filter(one => one.checkVisibility())
            .filter(one => getComputedStyle(one).borderStyle !== 'solid').length"""
    )
    icons = page.evaluate(
        """[...document.querySelectorAll('.sb-tools .sb-icon')].map(one => getComputedStyle(one))
            .filter(({ stroke, backgroundColor }) => stroke === backgroundColor).length"""
    )
    assert (outline, unframed, icons) == ("solid", 0, 0)
    assert page.evaluate("document.getAnimations().length") == 0
