"""Experiments in the admin: forms by state, power, start and stop, results, and who may what."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils import timezone

from core.clock import now
from core.text.formats import day_shown, share_shown
from customers.models import Consent, Customer, Order
from personalization.admin.experiments.experiment import ExperimentAdmin
from personalization.experiments.assignment.eligible import Eligible
from personalization.experiments.resource import EXPERIMENTS
from personalization.experiments.running import start, stop
from personalization.models import Assignment, Experiment, Exposure, Placement
from predictions.figures.single_computation import turn
from segments.models import Segment
from tests.cases import sample
from tests.factories.experiences import text, variant

pytestmark = pytest.mark.django_db
TWO = [
    {"code": "control", "weight": 5000, "content": {}},
    {"code": "b", "weight": 5000, "content": text("B")},
]
ALGORITHMS = [{"code": code, "weight": 5000, "algorithm": "cosine"} for code in ("control", "b")]


def address(name, *arguments):
    return reverse(f"admin:personalization_experiment_{name}", args=arguments)


@pytest.fixture
def somebody(client):
    """Return a function that logs somebody in who has some permissions."""

    def log_in(*codes):
        user = User.objects.create_user("some", is_staff=True)
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label="personalization", codename__in=codes)
        )
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def make_experiment(make_placement):
    def make(code="test", *, running=False, **values):
        document = {"code": code, "name": "A test", "planned_size": 2, "placement": "hero"}
        document |= {"variants": TWO, **values}
        if document["placement"] and not Placement.objects.filter(code="hero").exists():
            make_placement()
        row = EXPERIMENTS.create(document, author=None).row
        return start(row, author=None) if running else row

    return make


def body(place=None, **values):
    rows = {}
    for number in range(5):
        rows |= {
            f"variant_{number}_code": "", f"variant_{number}_weight": "",
            f"variant_{number}_shows": "default",
        }  # fmt: skip
    rows |= {"variant_0_code": "control", "variant_1_code": "b"}
    return rows | {
        "code": "test", "name": "A test", "hypothesis": "", "placement": place.pk if place else "",
        "audience_kind": "", "conditions": json.dumps({"match": "all", "conditions": []}),
        "traffic": "100", "primary_metric": "conversion_rate", "window_days": "14",
        "alpha": "5", "method": "fixed", "planned_size": "8158", "winsorize": "", **values,
    }  # fmt: skip


def assign(row, make_customer, counts, days=20):
    at = now() - timedelta(days=days)
    for code, count in counts.items():
        for number in range(count):
            Assignment.objects.create(
                experiment=row, customer=make_customer(f"{code}{number}"), variant=code,
                arm=f"{row.code}:{code}", assigned_at=at,
            )  # fmt: skip


def test_a_draft_is_made_and_comes_back_as_it_was(boss, make_placement, make_variant, make_segment):
    make_segment("VIP", code="vip")
    place = make_placement()
    make_variant(place, "a", content=text("A"))
    sent = body(
        place, variant_1_shows="variant:hero/a", variant_2_code="c",
        variant_2_shows="algorithm:cosine", traffic="12.34", alpha="2.5", winsorize="99",
        metrics=["revenue_per_visitor"], audience_kind="is", segment_codes=["vip"],
    )  # fmt: skip
    answer = boss.post(address("add"), sent)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = Experiment.objects.get()
    assert row.variants == [
        {"code": "control", "weight": 3334, "content": {}},
        {"code": "b", "weight": 3333, "content": text("A")},
        {"code": "c", "weight": 3333, "algorithm": "cosine"},
    ]
    assert (row.traffic, row.alpha, row.winsorize, row.planned_size) == (1234, 0.025, 99.0, 8158)
    assert (row.metrics, row.audience["segments"]) == (["revenue_per_visitor"], ["vip"])
    form = boss.get(address("change", row.pk)).context["adminform"].form
    again = {name: form[name].value() for name in form.fields}
    again = {name: "" if value is None else value for name, value in again.items()}
    assert again["variant_1_shows"] == "variant:hero/a"
    answer = boss.post(address("change", row.pk), again)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row.refresh_from_db()
    assert row.version == 1


@pytest.mark.parametrize(
    ("values", "field"),
    sample(
        [
            ({"planned_size": "1,000"}, "planned_size"),
            ({"planned_size": "1.5"}, "planned_size"),
            ({"planned_size": "1e99999"}, "planned_size"),
            ({"planned_size": "99999999999"}, "planned_size"),
            ({"variant_0_weight": "50"}, "variant_1_weight"),
            ({"variant_0_weight": "50", "variant_1_weight": "40"}, "variant_0_weight"),
            ({"variant_0_weight": "33.333"}, "variant_0_weight"),
            ({"variant_1_code": ""}, "variant_0_code"),
            ({"variant_1_code": "control"}, "variant_1_code"),
            ({"variant_1_shows": "own"}, "variant_1_shows"),
            ({"variant_1_shows": "variant:hero/none"}, "variant_1_shows"),
            ({"traffic": "101"}, "traffic"),
            ({"alpha": "0"}, "alpha"),
            ({"winsorize": "99"}, "winsorize"),
            ({"window_days": "9999"}, "window_days"),
            ({"code": "Über"}, "code"),
            ({"code": "power"}, "code"),
            ({"name": "a\x00b"}, "name"),
            ({"audience_kind": "is"}, "segment_codes"),
            ({"audience_kind": "conditions", "conditions": "{"}, "conditions"),
        ],
        every=2,
    ),
)
def test_what_is_wrong_is_said_at_its_field(boss, make_placement, values, field):
    answer = boss.post(address("add"), body(make_placement(), **values))
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    assert field in form.errors, form.errors
    assert form["hypothesis"].value() == "" and form["variant_0_code"].value() == "control"
    assert not Experiment.objects.exists()


def test_content_is_of_the_placement(boss, make_placement, make_variant):
    make_variant(make_placement("other"), "x")
    sent = body(None, code="next", variant_1_shows="variant:other/x")
    form = boss.post(address("add"), sent).context["adminform"].form
    assert list(form.errors) == ["variant_1_shows"]


def test_content_that_no_variant_has_is_kept_as_it_is(boss, make_experiment, make_variant):
    """It came by the API, or the placement's variant was changed since."""
    own = [TWO[0], {"code": "b", "weight": 5000, "content": text("Mine")}]
    row = make_experiment(variants=own)
    stored = row.variants
    form = boss.get(address("change", row.pk)).context["adminform"].form
    assert form["variant_1_shows"].value() == "own"
    assert [("own" in dict(form.fields[f"variant_{n}_shows"].choices)) for n in range(5)] == [
        False, True, False, False, False,
    ]  # fmt: skip
    sent = body(
        row.placement, name="Renamed", variant_1_shows="own", planned_size="2", opened_version="1"
    )
    answer = boss.post(address("change", row.pk), sent)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row.refresh_from_db()
    assert (row.name, row.variants) == ("Renamed", stored)


def test_an_experiment_that_is_started_meanwhile_is_not_deleted(boss, make_experiment, monkeypatch):
    row = make_experiment(running=True)
    monkeypatch.setattr(ExperimentAdmin, "has_delete_permission", lambda *_given: True)
    page = boss.post(address("delete", row.pk), {"post": "yes"}, follow=True)
    assert "Only a draft can be deleted." in page.content.decode()
    assert Experiment.objects.filter(pk=row.pk).exists()


def test_a_search_finds_names_in_any_case(boss, make_experiment):
    """Names have no folded column here: the text is searched as it is typed."""
    make_experiment()
    assert boss.get(address("changelist"), {"q": "A TEST"}).context["cl"].result_count == 1


def test_while_it_runs_only_name_hypothesis_and_traffic_are_fields(boss, make_experiment):
    row = make_experiment(running=True, traffic=5_000)
    form = boss.get(address("change", row.pk)).context["adminform"].form
    assert set(form.fields) == {"name", "hypothesis", "traffic", "opened_version"}
    sent = {"name": "Better", "hypothesis": "", "traffic": "40", "opened_version": "2"}
    answer = boss.post(address("change", row.pk), sent | {"alpha": "50"})
    said = answer.context["adminform"].form.errors["traffic"]
    assert said == ["While the experiment is running traffic may only grow: it is 50 %."]
    assert boss.post(address("change", row.pk), sent | {"traffic": "60"}).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.traffic, row.alpha) == ("Better", 6_000, 0.05)
    assert boss.post(address("delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("texts", "size", "warned"),
    [
        (("a", "b"), 1, []),
        (("a", "a"), 1, ["All variants show the same"]),
        (("a", "b"), 2, ["It is planned with 4 customers in all", "about 2 can take part"]),
    ],
)
def test_the_start_says_what_speaks_against_it(
    boss, make_experiment, make_customer, texts, size, warned
):
    for number in range(4):
        make_customer(f"C{number}", is_active=number > 0)
    variants = [variant(code, content=text(one)) for code, one in zip("ab", texts, strict=True)]
    # Of the three who are active two thirds and a bit.
    row = make_experiment(variants=variants, planned_size=size, traffic=7_000)
    found = list(boss.get(address("start", row.pk)).context["warnings"])
    assert len(found) == (1 if warned else 0)
    assert all(words in found[0] for words in warned)


def test_without_a_planned_size_the_start_asks_for_one(boss, make_experiment):
    row = make_experiment(planned_size=None)
    start_page = address("start", row.pk)
    assert "It has no planned size yet" in boss.get(start_page).content.decode()
    answer = boss.post(start_page, {"version": str(row.version)})
    assert "Enter the planned size first" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "draft"


def test_start_page_says_why_nobody_takes_part(boss, make_experiment, make_segment):
    make_segment("VIP", code="vip")
    Segment.objects.update(is_active=False)
    audience = {"operator": "is", "segments": ["vip"]}
    row = make_experiment(audience=audience, planned_size=1)
    Placement.objects.update(is_active=False)
    nothing = make_experiment("nothing", placement=None, planned_size=1, variants=[
        variant("a", content={}), variant("b", content={})
    ])  # fmt: skip
    found = [
        " ".join(map(str, boss.get(address("start", one.pk)).context["warnings"]))
        for one in (row, nothing)
    ]
    assert "“vip” is inactive" in found[0] and "its segments have no members" in found[0]
    assert "The place is inactive" in found[0]
    assert "Nothing shows the variants" in found[1]


def test_the_start_says_which_variants_it_goes_before(
    boss, make_experiment, make_placement, make_variant, make_customer
):
    for number in range(2):
        make_customer(f"C{number}")
    place = make_placement()
    row = make_experiment(placement=place.code, planned_size=1)
    found = []
    for number, is_active in enumerate((True, True, False)):
        make_variant(place, f"v{number}", is_active=is_active)
        found.append(list(boss.get(address("start", row.pk)).context["warnings"]))
    assert found[0] == [
        "Customers who take part do not see the variant of the place any more: the experiment goes "
        "before it."
    ]
    assert "the 2 variants" in found[1][0]
    assert found[2] == found[1]


def test_the_start_says_who_could_take_part(boss, settings, make_experiment, make_customer, say):
    for number in range(20):
        make_customer(f"C{number}", is_active=number > 0)
    people = {one.external_id: one for one in Customer.objects.all()}
    say(people["C1"], "personalization", "refused")
    for number in ("C1", "C2", "C3"):
        say(people[number], "tracking", "refused")
    settings.HOLDOUT_BASIS_POINTS = 2_500
    row = make_experiment(traffic=5_000)
    context = boss.get(address("start", row.pk)).context
    # 16 of 19 allow both; three quarters of these are not held out, half of those traffic.
    assert context["eligible"] == Eligible(19, 1, 2, 6)
    settings.TRACKING_CONSENT = "opt_in"
    row = make_experiment("other", planned_size=None)
    page = boss.get(address("start", row.pk))
    context = page.context
    assert context["eligible"] == Eligible(19, 1, 18, 0)
    assert '<button type="submit" class="button">' in page.content.decode()
    first, second = context["warnings"]
    assert first.startswith("It has no planned size yet")
    assert second.startswith("Nobody could take part now.")


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"alpha": "0.05"}, "alpha", "“0.05” could mean 5 % or 0.05 %: please write it with %."),
        ({"traffic": "0.99"}, "traffic", "“0.99” could mean 99 % or 0.99 %"),
        ({"traffic": "0"}, "traffic", "With no traffic nobody would take part."),
        ({"variant_0_weight": "60", "variant_1_weight": "50"}, "variant_0_weight", "110 %"),
        ({"planned_size": "0"}, "planned_size", "greater than or equal to 1."),
    ],
)
def test_a_share_is_not_guessed_and_sums_are_said_in_per_cent(boss, values, field, said):
    answer = boss.post(address("add"), body(**values))
    found = answer.context["adminform"].form.errors
    assert list(found) == [field]
    assert said in found[field][0]


def test_less_than_one_per_cent_is_said_with_its_sign_and_read_back(boss):
    sent = body(alpha="0.5 %", traffic="0.75%")
    assert boss.post(address("add"), sent).status_code == 302
    row = Experiment.objects.get()
    assert (row.alpha, row.traffic) == (0.005, 75)
    form = boss.get(address("change", row.pk)).context["adminform"].form
    assert (form.initial["alpha"], form.initial["traffic"]) == ("0.5 %", "0.75 %")


@pytest.mark.parametrize(
    ("counts", "light"),
    [
        ((0, 0), "none"),
        ((1, 0), "none"),
        ((15, 14), "none"),
        ((15, 15), "good"),
        ((33, 3), "bad"),
        ((30, 0), "bad"),
    ],
)
def test_its_own_page_says_how_it_is_going(boss, make_experiment, make_customer, counts, light):
    row = make_experiment(running=True, planned_size=8_158)
    assign(row, make_customer, dict(zip(("control", "b"), counts, strict=True)))
    page = boss.get(address("change", row.pk))
    found = page.context["summary"]
    assert [(one.code, one.assigned) for one in found.variants] == [
        ("control", str(counts[0])),
        ("b", str(counts[1])),
    ]
    assert (found.planned, found.light) == (8_158, light)
    assert "_addanother" not in page.content.decode()
    assert boss.get(address("add")).context.get("summary") is None


@pytest.mark.parametrize(
    ("counts", "days", "decision", "until"),
    [
        ((0, 0), 0, "nobody takes part yet", None),
        ((2, 1), 4, "3 of 8 customers", 4 * 3 + 14),
        ((4, 4), 4, "14 days of the last are not over", 10),
        ((4, 4), 20, "It can be decided", -6),
    ],
)
def test_running_experiment_says_how_it_stands(
    boss, make_experiment, make_customer, make_segment, counts, days, decision, until
):
    make_segment("Very important", code="vip")
    audience = {"operator": "is", "segments": ["vip"]}
    row = make_experiment(running=True, planned_size=4, audience=audience, traffic=5_000)
    started = now() - timedelta(days=days)
    Experiment.objects.update(started_at=started)
    assign(row, make_customer, dict(zip(("control", "b"), counts, strict=True)), days=days)
    found = boss.get(address("change", row.pk)).context["summary"]
    assert decision in found.decision
    day = None if until is None else timezone.localdate() + timedelta(days=until)
    assert found.until == ("" if day is None else day_shown(day))
    assert list(found.sentences) == [
        "Compared at the place “hero”: “b” with what the shop shows today.",
        "Who takes part: members of Very important, of these 50%.",
        "What decides: who buys within 14 days after they first took part.",
    ]


def test_decision_counts_only_customers_of_the_results(boss, make_experiment, make_customer, say):
    row = make_experiment(running=True, planned_size=4)
    Experiment.objects.update(started_at=now() - timedelta(days=20))
    assign(row, make_customer, {"control": 4, "b": 4})
    say(Customer.objects.get(external_id="b0"), "personalization", "refused")
    Customer.objects.get(external_id="b1").delete()
    assert "6 of 8 customers" in boss.get(address("change", row.pk)).context["summary"].decision


def test_start_and_stop_ask_first(boss, make_experiment):
    row = make_experiment()
    page = boss.get(address("start", row.pk))
    assert "traffic may only grow" in page.content.decode()
    row.refresh_from_db()
    assert row.state == "draft"
    stale = boss.post(address("start", row.pk), {"version": "9"})
    assert "Somebody else has changed it" in stale.content.decode()
    assert boss.post(address("start", row.pk), {"version": "1"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "running"
    assert "Stopping is final" in boss.get(address("stop", row.pk)).content.decode()
    assert boss.post(address("stop", row.pk), {"version": "2"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "stopped"
    assert "cannot be done" in boss.get(address("start", row.pk)).content.decode()
    assert boss.post(address("change", row.pk), {"name": "x"}).status_code == 403


def test_why_it_cannot_start(boss, make_experiment):
    make_experiment("first", running=True)
    second = make_experiment("second")
    answer = boss.post(address("start", second.pk), {"version": "1"})
    assert "“first” is running there" in answer.content.decode()
    unplanned = make_experiment("third", planned_size=None)
    answer = boss.post(address("start", unplanned.pk), {"version": "1"})
    assert "how many customers each variant needs" in answer.content.decode()


def test_each_page_has_its_permission(somebody, make_experiment):
    row = make_experiment()
    client = somebody()
    for name in ("start", "stop", "results", "change"):
        assert client.get(address(name, row.pk)).status_code == 403
        assert client.post(address(name, row.pk)).status_code == 403
    for name in ("changelist", "add", "power"):
        assert client.get(address(name)).status_code == 403


def test_who_only_reads(somebody, make_experiment):
    row = make_experiment()
    client = somebody("view_experiment")
    for name in ("start", "stop"):
        assert client.post(address(name, row.pk), {"version": "1"}).status_code == 403
    for name in ("results", "change"):
        assert client.get(address(name, row.pk)).status_code == 200
    for name in ("changelist", "power"):
        assert client.get(address(name)).status_code == 200
    assert client.post(address("change", row.pk), body(row.placement)).status_code == 403
    row.refresh_from_db()
    assert (row.state, row.version) == ("draft", 1)


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"p1": "5", "p2": "6"}, 8158),
        ({"p1": "10", "p2": "12"}, 3841),
        ({"sd": "15", "difference": "0.5"}, 14128),
        ({"p1": "5", "p2": "5"}, None),
        ({"p1": "5"}, None),
        ({"p1": "5", "sd": "1"}, None),
        ({"p1": "1,000", "p2": "6"}, None),
        ({"p1": "5", "p2": "6", "power": "100"}, None),
        ({"sd": "99999999999999", "difference": "0.00000001"}, None),
        ({}, None),
    ],
)
def test_how_many_customers(boss, asked, size):
    sent = {"alpha": "5", "power": "80"} | asked
    found = boss.get(address("power"), sent, headers={"Accept": "application/json"}).json()
    assert found["size"] == size
    assert bool(found["wrong"]) == (size is None)
    assert boss.get(address("power"), sent).status_code == 200


def test_before_the_planned_size_only_sizes_are_shown(boss, make_experiment, make_customer):
    row = make_experiment(running=True, planned_size=20)
    assign(row, make_customer, {"control": 6, "b": 5})
    page = boss.get(address("results", row.pk)).content.decode()
    said = "too early: 20 customers are planned for each variant, and “b” has 5."
    assert said in page and "only sizes are shown" in page
    assert "Relative" not in page
    Experiment.objects.update(method="sequential")
    said = "too early: each variant needs 30 customers, and “b” has 5."
    assert said in boss.get(address("results", row.pk)).content.decode()


@pytest.mark.parametrize(("planned", "is_hopeless"), [(7, True), (6, False)])
def test_what_was_stopped_before_its_size_has_no_result(
    boss, make_experiment, make_customer, planned, is_hopeless
):
    row = make_experiment(running=True, planned_size=planned)
    # Their windows are open.
    assign(row, make_customer, {"control": 6, "b": 6}, days=1)
    stop(row, author=None)
    page = boss.get(address("results", row.pk)).content.decode()
    assert ("It was stopped before" in page) == is_hopeless
    assert ("It is too early" in page) != is_hopeless


def test_at_the_planned_size_the_verdict_is_said(boss, make_experiment, make_customer):
    row = make_experiment(running=True, planned_size=6)
    assign(row, make_customer, {"control": 6, "b": 6})
    answer = boss.get(address("results", row.pk), {"level": "90"})
    page = answer.content.decode()
    assert "No difference was found" in page and "Relative" in page and "Sound:" in page
    assert answer.context["csv"].endswith("confidence_level=0.9")
    assert boss.get(answer.context["csv"]).status_code == 200


def test_nobody_yet_is_said_without_empty_tables(boss, make_experiment):
    row = make_experiment(running=True)
    page = boss.get(address("results", row.pk)).content.decode()
    assert "Nobody takes part yet" in page
    assert "Planned:" not in page and "(CUPED)" not in page
    assert 'name="level"' not in page


def make_winner(make_experiment, make_customer, **values):
    row = make_experiment(running=True, planned_size=40, **values)
    assign(row, make_customer, {"control": 40, "b": 40})
    for one in Assignment.objects.filter(variant="b").select_related("customer"):
        Order.objects.create(
            number=f"O{one.pk}", customer=one.customer, store=one.customer.store, state="complete",
            created_at=one.assigned_at, updated_at=one.assigned_at, grand_total=10,
        )  # fmt: skip
    return row


def roll_out(client, row, winner="b"):
    return client.post(address("roll_out", row.pk), {"version": row.version, "winner": winner})


def test_the_winner_is_said_with_its_metric_and_rolled_out(boss, make_experiment, make_customer):
    row = make_winner(make_experiment, make_customer)
    answer = boss.get(address("results", row.pk))
    said = "“b” is better than the control, by conversion rate: 100.00 points."
    assert answer.context["verdict"] == said
    assert "Roll out “b”" in answer.content.decode()
    asked = boss.get(address("roll_out", row.pk)).content.decode()
    assert "shows “b” to everybody" in asked
    assert roll_out(boss, row).status_code == 302
    row.refresh_from_db()
    assert row.state == "stopped"
    assert row.placement.default_content == row.variants[1]["content"]
    done = boss.get(address("results", row.pk)).content.decode()
    assert "is rolled out at the place" in done
    assert "Roll out “b”" not in done


def test_winner_of_an_audience_is_rolled_out_to_it_alone(
    boss, make_experiment, make_customer, make_segment, make_variant
):
    audience = {"operator": "is", "segments": [make_segment(code="vip").code]}
    row = make_winner(make_experiment, make_customer, audience=audience)
    default = row.placement.default_content
    # It shows the same to others, who must keep it.
    others = make_variant(
        row.placement, "a", text("B"), audience={**audience, "operator": "is_not"}
    )
    assert roll_out(boss, row).status_code == 302
    variant = row.placement.variants.get(code="b")
    assert (variant.audience, variant.is_active, variant.priority) == (audience, True, -1)
    assert variant.content == row.variants[1]["content"]
    assert row.placement.variants.get(code="a").audience == others.audience
    row.placement.refresh_from_db()
    assert row.placement.default_content == default
    assert "is rolled out at the place" in boss.get(address("results", row.pk)).content.decode()


@pytest.mark.parametrize(
    "shown", [{"algorithm": "cosine"}, {"content": {}}], ids=["algorithm", "default"]
)
def test_winner_without_content_keeps_the_place(boss, make_experiment, make_customer, shown):
    variants = [{"code": code, "weight": 5000, **shown} for code in ("control", "b")]
    row = make_winner(make_experiment, make_customer, variants=variants)
    answer = boss.get(address("results", row.pk))
    assert "“b” is better" in answer.context["verdict"]
    assert "Roll out" not in answer.content.decode()
    assert "cannot be done" in roll_out(boss, row).content.decode()
    row.refresh_from_db()
    assert (row.state, row.placement.default_content) == ("running", text("Hello"))


def test_another_winner_than_the_confirmed_is_not_rolled_out(boss, make_experiment, make_customer):
    row = make_winner(make_experiment, make_customer)
    answer = roll_out(boss, row, winner="control")
    assert "Somebody else has changed it" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "running"


def test_busy_computation_only_says_so(boss, make_experiment):
    row = make_experiment(running=True)
    with turn():
        page = boss.get(address("roll_out", row.pk)).content.decode()
    assert "Something else is being computed" in page and "cannot be done" not in page


def test_looked_at_any_time_the_interval_alone_counts_and_is_possible(
    boss, make_experiment, make_customer
):
    row = make_experiment(running=True, planned_size=2, method="sequential")
    assign(row, make_customer, {"control": 2, "b": 2})
    answer = boss.get(address("results", row.pk))
    page = answer.content.decode()
    assert 'class="number">p</th>' not in page and "however often one looks" in page
    (table,) = answer.context["tables"]
    # As many cells as headings, and no p-value among them.
    assert [len(row) for row in table.rows] == [6, 6]
    fixed = make_experiment("fixed", planned_size=2, placement=None, variants=ALGORITHMS)
    start(fixed, author=None)
    assign(fixed, lambda number: make_customer(f"f{number}"), {"control": 2, "b": 2})
    answer = boss.get(address("results", fixed.pk))
    assert 'class="number">p</th>' in answer.content.decode()
    assert [len(row) for row in answer.context["tables"][0].rows] == [7, 7]


def test_how_often_a_variant_was_too_late_is_said(boss, make_experiment, make_customer):
    row = make_experiment(running=True)
    assign(row, make_customer, {"control": 2, "b": 2})
    assert "not ready in time" not in boss.get(address("results", row.pk)).content.decode()
    for number, why in enumerate(("deadline", "deadline", "experiment")):
        Exposure.objects.create(
            served_id=str(number), element="hero", experiment="test", why=why, page_type="home",
            customer=Customer.objects.first(), at=now(),
        )  # fmt: skip
    page = boss.get(address("results", row.pk)).content.decode()
    assert "2 times a variant was not ready in time" in page


def test_a_broken_split_names_no_winner(boss, make_experiment, make_customer):
    row = make_experiment(running=True, planned_size=1)
    assign(row, make_customer, {"control": 2, "b": 30})
    page = boss.get(address("results", row.pk)).content.decode()
    assert "the split between the variants is broken" in page
    assert "Relative" not in page and "is better" not in page


def test_by_segment_and_what_is_wrong_with_the_question(
    boss, make_experiment, make_customer, make_segment
):
    make_segment("VIP", code="vip")
    row = make_experiment(running=True, planned_size=2)
    assign(row, make_customer, {"control": 2, "b": 2})
    page = boss.get(address("results", row.pk), {"segments": "vip"}).content.decode()
    assert "Too few customers in a variant" in page
    for wrong in ({"segments": "none"}, {"level": "10"}, {"level": "1,000"}):
        answer = boss.get(address("results", row.pk), wrong)
        assert answer.context["form"].errors and "figures" not in answer.context


def test_somebody_else_is_computing(boss, make_experiment):
    row = make_experiment(running=True)
    with turn():
        page = boss.get(address("results", row.pk)).content.decode()
    assert "Somebody else is computing" in page


def test_a_customer_s_page_has_their_experiments(boss, make_experiment, make_customer):
    row = make_experiment(running=True)
    assign(row, make_customer, {"b": 1})
    customer = Assignment.objects.get().customer
    page = reverse("admin:customers_customer_personalization", args=[customer.pk])
    assert "A test" in boss.get(page).content.decode()
    Consent.objects.create(
        customer=customer, purpose="personalization", state="refused", source="test", at=now()
    )
    assert "A test" not in boss.get(page).content.decode()


def test_a_placement_links_to_its_experiments(boss, make_experiment):
    row = make_experiment()
    page = boss.get(reverse("admin:personalization_placement_change", args=[row.placement.pk]))
    link = f"{address('changelist')}?placement__id__exact={row.placement.pk}"
    assert link in page.content.decode()
    assert boss.get(link).status_code == 200


def test_a_placement_with_experiments_is_kept_and_says_why(boss, make_experiment):
    row = make_experiment(running=True)
    gone = reverse("admin:personalization_placement_delete", args=[row.placement_id])
    page = boss.post(gone, {"post": "yes"}, follow=True)
    assert "is used by “test”." in page.content.decode()
    assert Placement.objects.filter(pk=row.placement_id).exists()


def test_deleting_a_variant_says_what_goes_on_showing_it(boss, make_experiment, make_variant):
    row = make_experiment(running=True)
    same = make_variant(row.placement, "same", content=row.variants[1]["content"])
    other = make_variant(row.placement, "other", content={"type": "text", "text": "Hello"})
    for shown, is_warned in ((same, True), (other, False)):
        gone = reverse("admin:personalization_experiencevariant_delete", args=[shown.pk])
        page = boss.post(gone, {"post": "yes"}, follow=True).content.decode()
        assert ("It is still shown by what is running: A test." in page) == is_warned
    assert not row.placement.variants.exists()


def test_what_is_locked_is_said_in_words(boss, make_experiment):
    row = make_experiment(running=True, planned_size=8_158)
    page = boss.get(address("change", row.pk)).content.decode()
    assert share_shown(0.05, decimals=2) in page
    assert "8,158" in page


def test_what_a_running_experiment_shows_is_said_when_it_is_changed(
    boss, make_experiment, make_variant
):
    row = make_experiment(running=True)
    place = row.placement
    shown = make_variant(place, "b-too", content=text("B"))
    other = make_variant(place, "other", content=text("Other"))

    def said(name, key, **values):
        change = reverse(f"admin:personalization_{name}_change", args=[key])
        sent = {"code": "x", "is_active": "on", "content_type": "text", **values}
        return boss.post(change, sent, follow=True).content.decode()

    falsified, kept = "and its figures mix both.", "goes on showing what stood here before."
    page = said("placement", place.pk, page_type="home", content_text="Changed")
    assert falsified in page and kept not in page
    for number, (one, is_kept) in enumerate(((shown, True), (other, False))):
        more = {"placement": place.pk, "priority": "0", "audience_kind": ""}
        more["conditions"] = json.dumps({"match": "all", "conditions": []})
        page = said("experiencevariant", one.pk, content_text=f"New {number}", **more)
        one.refresh_from_db()
        assert one.content == text(f"New {number}")
        assert (kept in page) == is_kept
    stop(row, author=None)
    assert falsified not in said("placement", place.pk, page_type="home", content_text="Again")
