"""The pages of mail in a browser: a campaign from its draft to its report; nothing inaccessible."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from campaigns.audience.freezing import freeze
from campaigns.consent.suppression import suppress
from campaigns.editing.syncs import SYNCS
from campaigns.models import Campaign, MailSender, Message, Sequence, SyncMember
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from campaigns.tests.sequences.rows import steps_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A block with a condition of its own.
CONDITIONAL = "{% if coupon.code %}<p>B</p>{% endif %}"


def address(name, *arguments):
    return reverse(f"admin:campaigns_{name}", args=arguments)


def test_every_page_is_accessible_and_fits(
    visitor, make_campaign, make_template, make_subscriber, make_segment, mail
):
    make_subscriber("1")
    make_subscriber("gone", status="unsubscribed")
    template = make_template(html="<h1>Hello</h1><p>{{ coupon.code }}</p>")
    segment = make_segment("vip")
    draft = make_campaign("draft", template="welcome")
    make_campaign("named", segments=["vip"])
    sent = freeze(make_campaign("sent"), AT).campaign
    Message.objects.update(state="uncertain", reason="lost", claimed_at=AT, attempts=1)
    suppressed = suppress("x@shop.example", "by_hand", AT)
    pages = [address(f"{name}_changelist") for name in ("campaign", "mailtemplate", "message")]
    pages += [address(f"{name}_changelist") for name in ("mailsender", "suppression")]
    sender = MailSender.objects.get()
    pages += [address("mailsender_add"), address("mailsender_change", sender.pk)]
    pages += [address("campaign_add"), address("campaign_change", draft.pk)]
    pages += [address("campaign_status", one.pk) for one in (draft, sent)]
    pages += [address("campaign_send", draft.pk)]
    pages += [f"{address('mailtemplate_add')}{more}" for more in ("", "?design=coupon")]
    pages += [
        address(f"mailtemplate_{name}", template.pk) for name in ("change", "preview", "history")
    ]
    pages += [address("message_change", Message.objects.get().pk)]
    pages += [address("suppression_change", suppressed.pk), address("suppression_add")]
    pages += [reverse("admin:segments_segment_mail", args=[segment.pk])]
    named = {"target": "klaviyo", "list": "abc", "key_variable": "SYNC_KEY_KLAVIYO"}
    sync = SYNCS.create({"segment": "vip", **named}, author=None).row
    sync.error, sync.not_before = "429 too many requests", AT
    sync.save()
    message = Message.objects.get()
    SyncMember.objects.create(
        sync=sync, customer=message.customer, state="refused", error="fake", changed_at=AT
    )
    pages += [address(f"audiencesync_{name}") for name in ("changelist", "add")]
    pages += [address(f"audiencesync_{name}", sync.pk) for name in ("change", "delete")]
    faults = []
    for page in pages:
        visitor.open(page)
        visitor.settle()
        faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_every_page_of_sequences_is_accessible_and_fits(
    visitor, make_sequence, make_subscriber, enter, rule, settings
):
    from playwright.sync_api import expect

    settings.CONFIRM_ABOVE = 1
    sequence = make_sequence(0, 24, stop_on_order=True)
    make_sequence(1, trigger="exit", is_active=False)
    enter(*(make_subscriber(str(number)) for number in range(3)))
    enter(make_subscriber("gone", status="unsubscribed"))
    send_due()
    Message.objects.filter(step=2).update(state="skipped", reason="left")
    Sequence.objects.filter(pk=sequence.pk).update(pause_reason="login")
    pages = [address("sequence_changelist"), address("sequence_add")]
    pages += [
        address(f"sequence_{name}", sequence.pk) for name in ("change", "status", "runs", "history")
    ]
    pages += [reverse("admin:segments_segment_mail", args=[sequence.segment_id])]
    pages += [address("message_changelist"), address("message_change", Message.objects.first().pk)]
    faults = []
    for page in pages:
        visitor.open(page)
        visitor.settle()
        faults += visitor.faults()
    visitor.open(address("sequence_add"))
    visitor.page.fill("#id_steps-0-delay", "1,5")
    visitor.page.get_by_role("button", name="Save", exact=True).click()
    expect(visitor.page.get_by_text("Step 1, After: A whole number")).to_be_visible()
    faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_pages_before_any_mail_are_accessible_and_fit(visitor):
    plans = reverse("admin:predictions_strategy_changelist")
    faults = []
    for page in (address("campaign_add"), address("sequence_add"), plans):
        visitor.open(page)
        visitor.settle()
        faults += visitor.faults()
    visitor.open(address("mailsender_add"))
    visitor.page.fill("#id_from_email", "news@shop.example")
    visitor.page.fill("#id_postal_address", "Town")
    visitor.page.fill("#id_to", "nobody")
    visitor.page.get_by_role("button", name="Save and send the test").click()
    visitor.page.get_by_role("link", name="See why").click()
    faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_a_new_mail_leads_back_to_what_was_typed_of_a_sequence(visitor):
    """Catches a choice that comes back as another, so that mails go to the wrong customers."""
    visitor.open(address("sequence_add"))
    visitor.page.check("[name=trigger][value=enter]")
    visitor.page.fill("#id_steps-0-delay", "2")
    link = visitor.page.locator("a[data-carry]").first.evaluate("one => one.href")
    (back,) = parse_qs(urlsplit(link).query)["next"]
    typed = parse_qs(urlsplit(back).query)
    assert (typed["trigger"], typed["steps-0-delay"]) == (["enter"], ["2"])
    chosen = "one => [...one.elements].filter(({ checked }) => checked).map(({ name }) => name)"
    shown = visitor.page.locator("#sequence_form").evaluate(chosen)
    visitor.open(back)
    assert visitor.page.locator("#sequence_form").evaluate(chosen) == shown


def test_a_step_is_changed_and_one_is_added(visitor, make_sequence):
    from playwright.sync_api import expect

    sequence = make_sequence(1, 24)
    visitor.open(address("sequence_change", sequence.pk))
    visitor.page.fill("#id_steps-0-delay", "3")
    visitor.page.get_by_role("button", name="Add a step").click()
    visitor.page.fill("#id_steps-2-delay", "5")
    visitor.page.select_option("#id_steps-2-unit", "days")
    visitor.page.select_option("#id_steps-2-template", "two")
    visitor.page.get_by_role("button", name="Save", exact=True).click()
    expect(visitor.page).to_have_url(re.compile(address("sequence_status", sequence.pk)))
    delays = [one["delay_minutes"] for one in steps_of(sequence)]
    assert delays == [180, 1_440, 5 * 1_440]
    assert visitor.complaints == []


def test_what_links_lead_to_is_accessible_and_fits(visitor, make_campaign, make_subscriber, mail):
    from playwright.sync_api import expect

    make_subscriber("1")
    freeze(make_campaign(), AT)
    send_due(as_of=AT)
    text = mail[0].get_body(("plain",)).get_content()
    link = re.search(r"https://mail\.shop\.example(/m/u/\w+/)", text)[1]
    faults = []
    for page in (link, link.replace("/u/", "/p/")):
        visitor.open(page)
        faults += visitor.faults()
    visitor.open(link)
    visitor.page.get_by_role("button", name="Unsubscribe").click()
    expect(visitor.page.get_by_role("heading")).to_have_text("You are unsubscribed")
    faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_picked_colour_counts_as_typed(visitor):
    from playwright.sync_api import expect

    visitor.open(address("mailsender_add"))
    page = visitor.page
    page.evaluate(
        "document.addEventListener('input', ({target}) => { document.title += ` ${target.name}`; })"
    )
    page.get_by_label("Pick a colour for “Main colour”").fill("#112233")
    expect(page.locator("#id_main_color")).to_have_value("#112233")
    assert "main_color" in page.title().split()
    assert visitor.complaints == []


def test_words_are_typed_as_words_and_stand_in_the_source(visitor):
    from playwright.sync_api import expect

    visitor.open(f"{address('mailtemplate_add')}?design=news")
    page = visitor.page
    blocks = page.locator("[data-blocks] > *")
    expect(blocks).to_have_count(5)
    blocks.nth(2).get_by_label("Text", exact=True).fill("Boots & more:\n<3 {{ store.name }}")
    blocks.nth(3).get_by_label("Where it leads").fill('https://a.example/?a=1&b="2"')
    blocks.nth(0).get_by_label("Insert a name").select_option(label="First name")
    source = page.locator("#id_html").input_value()
    assert "<p>Boots &amp; more:<br>&lt;3 {{ store.name }}</p>" in source
    assert 'href="https://a.example/?a=1&amp;b=&quot;2&quot;"' in source
    assert '{{ brand.name }}{{ customer.first_name|default:"there" }}</h1>' in source
    # What was written is read back as it was typed.
    page.get_by_role("button", name="Add a text").click()
    expect(blocks).to_have_count(6)
    expect(blocks.nth(2).locator("textarea")).to_have_value("Boots & more:\n<3 {{ store.name }}")
    expect(blocks.nth(5).locator("textarea")).to_be_focused()
    blocks.nth(3).get_by_role("button", name="Remove").click()
    expect(blocks).to_have_count(5)
    assert "href" not in page.locator("#id_html").input_value()
    assert page.locator("#id_html").input_value().rstrip().endswith("<p></p>\n</div>")
    # Typed in the source, it stands in the fields.
    page.get_by_text("Source and code").click()
    page.fill(
        "#id_html", "{% if coupon.code %}<p>{{ coupon.code }}</p>{% endif %}<p>a <i>b</i></p>"
    )
    expect(blocks).to_have_count(1)
    page.get_by_role("button", name="Add a heading").click()
    page.keyboard.type("End")
    source = page.locator("#id_html").input_value()
    assert source.startswith(
        "{% if coupon.code %}<p>{{ coupon.code }}</p>{% endif %}\n<h1>End</h1>"
    )
    page.select_option("#id_format", "mjml")
    expect(page.locator("[data-words]")).to_be_hidden()
    assert [*visitor.faults(), *visitor.complaints] == []


def test_blocks_are_moved_and_duplicated_by_keyboard(visitor):
    from playwright.sync_api import expect

    visitor.open(address("mailtemplate_add"))
    page = visitor.page
    source = page.locator("#id_html")
    page.get_by_text("Source and code").click()
    source.fill(
        f"<h1>A</h1>\n{CONDITIONAL}\n<p>C</p>\n"
        "{% if coupon.code %}<p>D</p><p>E</p>{% endif %}<p>x <a href='https://a.example'>F</a></p>"
    )
    page.get_by_role("button", name="Up: B").press("Enter")
    # The condition moves with its block.
    assert source.input_value().startswith(f"{CONDITIONAL}\n<h1>A</h1>\n<p>C</p>")
    expect(page.get_by_role("button", name="Down: B")).to_be_focused()
    page.keyboard.press("Enter")
    assert source.input_value().startswith(f"<h1>A</h1>\n{CONDITIONAL}\n<p>C</p>")
    # A block neither enters a condition nor leaves it, and a link stays in its sentence.
    for name in ("Up: A", "Down: C", "Up: D", "Down: E", "Up: F", "Down: F"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    page.get_by_role("button", name="Duplicate: B").press("Enter")
    expect(page.locator("[data-blocks] > *")).to_have_count(7)
    assert source.input_value().count(CONDITIONAL) == 2
    expect(page.locator("[data-blocks] > *").nth(2).locator("[data-do=duplicate]")).to_be_focused()
    assert [*visitor.faults(), *visitor.complaints] == []


@pytest.mark.story
def test_a_campaign_from_its_draft_to_its_report(
    visitor, make_template, make_segment, make_subscriber, sender, settings, mail
):
    from playwright.sync_api import expect

    settings.CONFIRM_ABOVE = 2
    for code in ("new", "vip"):
        make_segment(code)
    make_template("welcome")
    for number in range(3):
        make_subscriber(str(number))
    make_subscriber("gone", status="unsubscribed")
    visitor.open(address("campaign_add"))
    page = visitor.page
    page.fill("#id_name", "Spring")
    # Whether one segment is enough is a question of several.
    either, segments = page.get_by_text("Of several segments"), page.locator("[name=segments]")
    segments.first.check()
    expect(either).to_be_hidden()
    segments.last.check()
    expect(either).to_be_visible()
    for one in segments.all():
        one.uncheck()
    page.select_option("#id_template", label="welcome")
    page.get_by_role("button", name="Save and review", exact=True).click()
    expect(page.get_by_role("heading", name="Send to 3 customers?")).to_be_visible()
    expect(page.get_by_role("row", name="Unsubscribed 1")).to_be_visible()
    faults = visitor.faults()
    button = page.get_by_role("button", name="Send to 3 recipients")
    # Without its code the browser itself holds it back.
    button.click()
    assert not Message.objects.exists()
    page.get_by_label("type its code").fill("spring")
    button.click()
    expect(page.get_by_text("It is on its way.")).to_be_visible()
    expect(page.get_by_text("0 / 3")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    send_due()
    expect(page.get_by_text("3 mails have left")).to_be_visible()
    # What stands above it, and what can be pressed, follow without a reload.
    expect(page.locator(".price-summary")).to_contain_text("Sent")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    assert [*faults, *visitor.faults(), *visitor.complaints] == []
    assert Campaign.objects.get().state == "sent"
    assert len(mail) == 3


def test_a_template_is_seen_while_it_is_written(visitor, make_subscriber):
    from playwright.sync_api import expect

    make_subscriber("7", first_name="Ada")
    visitor.open(f"{address('mailtemplate_add')}?design=news")
    page = visitor.page
    page.get_by_text("Source and code").click()
    page.fill("#id_subject", "Hello {{ customer.first_name|default:'friend' }}")
    page.fill("#id_html", "<h1>News</h1><p>First words</p>")
    mail = page.frame_locator("[data-mail] iframe:not([hidden])")
    expect(mail.get_by_text("First words")).to_be_visible()
    expect(page.locator("[data-subject]")).to_have_text("Hello friend")
    # What was right stays while something is wrong, and where is said.
    page.fill("#id_html", "<h1>News</h1>\n<p>{% if %}")
    expect(page.locator("[data-said]")).to_contain_text("Line 2")
    expect(mail.get_by_text("First words")).to_be_visible()
    page.fill("#id_html", "<h1>News</h1><p>Other words</p>")
    expect(mail.get_by_text("Other words")).to_be_visible()
    expect(page.locator("[data-said] li")).to_have_count(0)
    choices = page.locator("#mail-customers option")
    assert choices.evaluate_all("all => all.map((one) => [one.value, one.text])") == [["7", "Ada"]]
    page.get_by_label("As it looks for").fill("7")
    expect(page.locator("[data-subject]")).to_have_text("Hello Ada")
    # The new frame is hidden until it is loaded, and then stands alone.
    frames = page.locator("[data-mail] iframe")
    expect(frames).to_have_count(1)
    # Beside the fields, and seen at once, where there is room; else below them.
    page.evaluate("scrollTo(0, 0)")
    seen, body = (page.locator(one).bounding_box() for one in ("[data-draft]", "#id_html"))
    is_beside = seen["x"] >= body["x"] + body["width"] and seen["y"] < 400
    is_below = seen["x"] < body["x"] and seen["y"] > body["y"] + body["height"]
    assert (is_beside, is_below) == (
        (True, False) if page.viewport_size["width"] > 1000 else (False, True)
    )
    page.get_by_role("button", name="On a phone").click()
    assert frames.bounding_box()["width"] <= 375
    assert [*visitor.faults(), *visitor.complaints] == []
    # Frames are no pages that one has been to.
    assert page.evaluate("history.length") == 2


@pytest.mark.story
def test_a_sequence_from_its_form_to_its_first_mail(visitor, segment, enter, make_subscriber):
    from playwright.sync_api import expect

    visitor.open(reverse("admin:segments_segment_mail", args=[segment.pk]))
    page = visitor.page
    page.get_by_role("link", name="enters “Carts”: Make a sequence").click()
    expect(page.get_by_label("a customer enters the segment")).to_be_checked()
    # What stands ready for those without a script is gone, but for one.
    expect(page.get_by_role("group", name="Step")).to_have_count(1)
    steps = (("0", "minutes", "one"), ("2", "days", "two"))
    for number, (delay, unit, template) in enumerate(steps):
        if number:
            page.get_by_role("button", name="Add a step").click()
        step = page.get_by_role("group", name=f"Step {number + 1}")
        step.get_by_label("After").fill(delay)
        step.get_by_label("Unit").select_option(unit)
        step.get_by_label("Template").select_option(label=template)
    # A third that nobody fills in is none.
    page.get_by_role("button", name="Add a step").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Activating sends nothing by itself")).to_be_visible()
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("started 0 times")).to_be_visible()
    enter(make_subscriber("C7"))
    send_due()
    page.reload()
    expect(page.get_by_text("started 1 time", exact=True)).to_be_visible()
    steps = page.locator(".mail-line > li")
    expect(steps.nth(1)).to_contain_text("at once: one")
    expect(steps.nth(1)).to_contain_text("scheduled 0 · sent 1 · failed 0 · skipped 0")
    expect(steps.nth(2)).to_contain_text("after 2 days: two")
    expect(steps.nth(2)).to_contain_text("scheduled 1 · sent 0 · failed 0 · skipped 0")
    faults = visitor.faults()
    page.get_by_role("link", name="Who is where").click()
    expect(page.get_by_role("row", name="C7")).to_contain_text("step 2: two")
    assert [*faults, *visitor.complaints] == []
