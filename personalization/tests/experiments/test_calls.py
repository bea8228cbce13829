"""Experiments by their calls: written, started, locked, stopped."""

import pytest

from personalization.models import Assignment, Experiment
from tests.factories.experiences import text, variant

pytestmark = pytest.mark.django_db
ALL = "personalization/experiments/"
NEW = {
    "code": "exp-1",
    "name": "Heroes",
    "planned_size": 100,
    "variants": [variant("a"), variant("b")],
    "placement": "hero",
}


def send(tester, method, path="", body=None, status=200, **headers):
    answer = tester.send(method, f"{ALL}{path}", body, **headers)
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def test_a_whole_life(tester, make_placement):
    make_placement()
    made = send(tester, "POST", body=NEW, status=201)
    assert (made["state"], made["salt"], made["traffic"]) == ("draft", "exp-1", 10_000)
    assert [one["code"] for one in made["variants"]] == ["a", "b"]
    assert send(tester, "GET")["results"] == [{k: v for k, v in made.items() if k != "warnings"}]
    changed = send(
        tester,
        "PATCH",
        "exp-1/",
        {"planned_size": 8158, "hypothesis": "b"},
        if_match='"1"',
    )
    assert (changed["planned_size"], changed["version"]) == (8158, 2)
    running = send(tester, "POST", "exp-1/start")
    assert (running["state"], running["started_at"] is not None) == ("running", True)
    assert send(tester, "POST", "exp-1/start/", status=409)["errors"][0]["code"] == "not_a_draft"
    stopped = send(tester, "POST", "exp-1/stop/")
    assert (stopped["state"], stopped["stopped_at"] is not None) == ("stopped", True)
    for path in ("exp-1/stop/", "exp-1/start/"):
        send(tester, "POST", path, status=409)
    body = {"name": "Other"}
    refused = send(tester, "PATCH", "exp-1/", body, status=409, if_match='"4"')
    assert refused["errors"][0] | {"message": ""} == {
        "path": "name", "code": "locked", "message": "",
    }  # fmt: skip
    refused = send(tester, "DELETE", "exp-1/", status=409, if_match='"4"')
    assert refused["errors"][0]["code"] == "locked"


def test_state_and_times_may_be_sent_back_as_they_are_and_not_be_changed(tester, make_placement):
    make_placement()
    made = send(tester, "POST", body=NEW, status=201)
    assert made["unit"] == "customer"
    assert send(tester, "PUT", "exp-1/", made, if_match='"1"')["version"] == 1
    for body in ({"state": "running"}, {"started_at": "2026-01-01T00:00:00Z"}, {"state": None}):
        refused = send(tester, "PATCH", "exp-1/", body, status=400, if_match='"1"')
        assert [one["path"] for one in refused["errors"]] == list(body)
    refused = send(tester, "PATCH", "exp-1/", {"unit": "cart"}, status=400, if_match='"1"')
    assert [one["path"] for one in refused["errors"]] == ["unit"]
    refused = send(tester, "POST", body={**NEW, "code": "b", "state": "stopped"}, status=400)
    assert [(one["path"], one["code"]) for one in refused["errors"]] == [("state", "read_only")]
    assert list(Experiment.objects.values_list("code", "state")) == [("exp-1", "draft")]


def test_the_short_way_has_equal_weights_and_its_first_key_is_the_control(tester, make_segment):
    make_segment("VIP", code="vip")
    made = send(
        tester,
        "POST",
        body={
            "name": "Which algorithm?",
            "customer_segment": "vip",
            "variants": {
                "usual": {"algorithm": "cosine"},
                "new": {"algorithm": "collaborative_filtering"},
                "other": {"algorithm": "content_based"},
            },
            "success_metrics": ["revenue_per_visitor", "conversion_rate"],
        },
        status=201,
    )
    assert made["code"] == "which-algorithm"
    assert [(one["code"], one["weight"]) for one in made["variants"]] == [
        ("usual", 3334), ("new", 3333), ("other", 3333),
    ]  # fmt: skip
    assert made["audience"] == {"operator": "is", "segments": ["vip"]}
    assert (made["primary_metric"], made["metrics"]) == ("revenue_per_visitor", ["conversion_rate"])
    refused = send(tester, "POST", "which-algorithm/start/", status=400)
    assert [(one["path"], one["code"]) for one in refused["errors"]] == [
        ("planned_size", "required")
    ]


@pytest.mark.parametrize(
    ("values", "path", "code"),
    [
        ({"variants": [variant("a")]}, "variants", "invalid"),
        ({"variants": [variant(c, 1000) for c in "abcdef"]}, "variants", "too_many_variants"),
        ({"variants": [variant("a"), variant("b", 4999)]}, "variants", "weights"),
        ({"variants": [variant("a"), variant("a")]}, "variants[1].code", "unique"),
        ({"variants": [variant("a"), variant("b", 10**30)]}, "variants[1].weight", "out_of_range"),
        ({"variants": [variant("a"), variant("b", True)]}, "variants[1].weight", "out_of_range"),
        ({"variants": [variant("a"), 7]}, "variants[1]", "not_an_object"),
        ({"variants": [variant("a"), variant("b", algorithm="x")]}, "variants[1].algorithm",
         "unknown_choice"),
        ({"variants": [variant("a"), variant("b", content={"type": "x"})]},
         "variants[1].content.type", "unknown_choice"),
        ({"variants": [variant("a"), variant("b", content="gone")]}, "variants[1].content",
         "unknown_variant"),
        ({"variants": [variant("a"), {**variant("b"), "x": 1}]}, "variants[1].x", "unknown_field"),
        ({"placement": None}, "variants[0].content", "no_placement"),
        ({"placement": "nowhere"}, "placement", "unknown_choice"),
        ({"traffic": 10_001}, "traffic", "max_value"),
        ({"window_days": 0}, "window_days", "min_value"),
        ({"window_days": 366}, "window_days", "max_value"),
        ({"planned_size": 0}, "planned_size", "min_value"),
        ({"alpha": 0}, "alpha", "out_of_range"),
        ({"alpha": True}, "alpha", "invalid"),
        ({"alpha": "0.05"}, "alpha", "invalid"),
        ({"metrics": ["joy"]}, "metrics[0]", "unknown_choice"),
        ({"success_metrics": ["joy"]}, "primary_metric", "invalid_choice"),
        ({"success_metrics": "joy"}, "success_metrics", "not_a_list"),
        ({"customer_segment": 7}, "customer_segment", "invalid"),
        ({"customer_segment": "a", "audience": {}}, "customer_segment", "invalid"),
        ({"winsorize": 99}, "winsorize", "only_revenue"),
        ({"winsorize": 100, "primary_metric": "revenue_per_visitor"}, "winsorize", "out_of_range"),
        ({"salt": "a:b"}, "salt", "invalid"),
        ({"audience": {"operator": "is", "segments": ["gone"]}}, "audience.segments[0]",
         "unknown_segment"),
        ({"audience": {"operator": "is", "segments": ["\ud800"]}}, "audience.segments[0]",
         "unknown_segment"),
        ({"placement": "\ud800"}, "placement", "unknown_choice"),
        ({"variants": [variant("a"), variant("b", content="\ud800")]}, "variants[1].content",
         "unknown_variant"),
        ({"unit": "day"}, "unit", "invalid_choice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tester, make_placement, values, path, code):
    make_placement()
    refused = send(tester, "POST", body=NEW | values, status=400)
    assert (path, code) in [(one["path"], one["code"]) for one in refused["errors"]]
    assert not Experiment.objects.exists()


@pytest.mark.parametrize("number", ["1e99999", "-1e99999", "NaN"])
def test_numbers_without_end_are_refused(tester, make_placement, number):
    make_placement()
    body = '{"code": "e", "name": "E", "variants": {"a": {}, "b": {}}, "alpha": ' + number + "}"
    answer = tester.send("POST", ALL, body)
    assert answer.status_code == 400, answer.content
    assert not Experiment.objects.exists()


def test_content_may_be_that_of_a_variant_and_is_kept_as_it_was(
    tester, make_placement, make_variant
):
    row = make_variant(make_placement(), "vip-hero")
    body = NEW | {"variants": [variant("a", content={}), variant("b", content="vip-hero")]}
    made = send(tester, "POST", body=body, status=201)
    assert [one["content"] for one in made["variants"]] == [{}, text("vip-hero")]
    row.delete()
    send(tester, "POST", "exp-1/start/")


@pytest.mark.parametrize(
    "values",
    [
        {"variants": [variant("a"), variant("c")]},
        {"variants": [variant("a", 4000), variant("b", 6000)]},
        {"salt": "other"},
        {"audience": {"match": "all", "conditions": []}},
        {"primary_metric": "orders_per_visitor"},
        {"metrics": ["orders_per_visitor"]},
        {"window_days": 7},
        {"alpha": 0.1},
        {"method": "sequential"},
        {"planned_size": 5},
        {"traffic": 4_999},
        {"placement": None, "variants": [variant("a", content={}), variant("b", content={})]},
    ],
)
def test_what_is_locked_while_it_runs(tester, make_placement, make_experiment, values):
    make_placement()
    row = make_experiment("exp-1", running=True, placement="hero", traffic=5_000)
    version = row.version
    refused = send(tester, "PATCH", "exp-1/", values, status=409, if_match=f'"{version}"')
    assert {one["code"] for one in refused["errors"]} == {"locked"}
    assert refused["errors"][-1]["path"] in values
    row.refresh_from_db()
    assert row.version == version


def test_traffic_may_grow_and_names_be_said_better(tester, make_placement, make_experiment):
    make_placement()
    make_experiment("exp-1", running=True, placement="hero", traffic=5_000)
    changed = send(
        tester,
        "PATCH",
        "exp-1/",
        {"traffic": 6_000, "name": "Better", "hypothesis": "?"},
        if_match='"2"',
    )
    assert (changed["traffic"], changed["name"]) == (6_000, "Better")


def test_one_runs_in_a_placement_and_one_by_algorithms_alone(make_placement, make_experiment):
    from core.problems import Locked

    make_placement()
    make_placement("other")
    algorithms = [variant("a", algorithm="cosine"), variant("b", algorithm="content_based")]
    make_experiment("one", running=True, placement="hero")
    make_experiment("elsewhere", running=True, placement="other")
    make_experiment("by-algorithm", running=True, variants=algorithms)
    nothing = [variant("a", content={}), variant("b", content={})]
    make_experiment("mail-1", running=True, variants=nothing)
    make_experiment("mail-2", running=True, variants=nothing)
    for values in ({"placement": "hero"}, {"variants": algorithms}):
        with pytest.raises(Locked) as refused:
            make_experiment("two" if "placement" in values else "three", running=True, **values)
        assert refused.value.problems[0].code == "placement_taken"
    assert set(Experiment.objects.filter(state="draft").values_list("code", flat=True)) == {
        "two", "three",
    }  # fmt: skip


def test_a_running_experiment_holds_its_segments_and_its_placement(
    tester, make_segment, make_placement, make_experiment
):
    make_segment("VIP", code="vip")
    make_placement()
    audience = {"operator": "is", "segments": ["vip"]}
    row = make_experiment("exp-1", placement="hero", audience=audience)

    def deleted():
        etag = tester.send("GET", "segments/vip/")["ETag"]
        answer = tester.send("DELETE", "segments/vip/", if_match=etag)
        return answer.status_code

    start_path = "exp-1/start/"
    send(tester, "POST", start_path)
    assert deleted() == 409
    placed = tester.send("DELETE", "personalization/placements/hero/", if_match='"1"')
    assert (placed.status_code, placed.json()["errors"][0]["code"]) == (409, "in_use")
    send(tester, "POST", "exp-1/stop/")
    assert deleted() == 204
    row.refresh_from_db()
    assert row.audience == audience


def test_a_segment_that_is_gone_keeps_a_draft_from_starting(
    tester, make_segment, make_placement, make_experiment
):
    segment = make_segment("VIP", code="vip")
    make_placement()
    make_experiment("exp-1", placement="hero", audience={"operator": "is", "segments": ["vip"]})
    segment.delete()
    refused = send(tester, "POST", "exp-1/start/", status=400)
    assert refused["errors"][0]["path"] == "audience.segments[0]"
    assert Experiment.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("right", "method", "path", "body"),
    [
        ("view", "GET", "exp-1/results/", None),
        ("view", "GET", "exp-1/results.csv", None),
        ("view", "GET", "results/?codes=exp-1", None),
        ("view", "POST", "power/", {"p1": 0.05, "p2": 0.06}),
        ("start", "POST", "exp-1/start/", None),
    ],
)
def test_each_call_needs_its_permission(
    client_with, make_placement, make_experiment, right, method, path, body
):
    make_placement()
    make_experiment("exp-1", placement="hero")
    rights = {"view", "add", "change", "delete", "start", "stop"}
    others = [f"personalization.{one}_experiment" for one in rights - {right}]
    kept = client_with(*others).send(method, f"{ALL}{path}", body, if_match='"1"')
    assert kept.status_code == 403
    allowed = client_with(f"personalization.{right}_experiment")
    assert allowed.send(method, f"{ALL}{path}", body, if_match='"1"').status_code < 300


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ({"p1": 0.05, "p2": 0.06}, 8158),
        ({"p1": 0.1, "p2": 0.12}, 3841),
        ({"sd": 15, "difference": 0.5}, 14128),
    ],
)
def test_power(tester, body, size):
    found = send(tester, "POST", "power/", body | {"variants": 3})
    assert found == {"sample_size": size, "total": 3 * size, "alpha": 0.05, "power": 0.8}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"p1": 0.5},
        {"p1": 0.5, "p2": 0.5},
        {"p1": -1, "p2": 0.5},
        {"p1": 0.1, "p2": 0.1 + 1e-12},
        {"p1": 0.1, "p2": 0.2, "sd": 1},
        {"sd": 1, "difference": 0},
        {"sd": -1, "difference": 1},
        {"p1": 0.1, "p2": 0.2, "alpha": 1},
        {"p1": 0.1, "p2": 0.2, "power": 0},
        {"p1": 0.1, "p2": 0.2, "variants": 6},
        {"p1": "0.1", "p2": 0.2},
    ],
)
def test_no_power_without_a_difference(tester, body):
    assert send(tester, "POST", "power/", body, status=400)["errors"]


def test_unknown_experiments(tester):
    for method, path in (("GET", "x/"), ("POST", "x/start/"), ("GET", "x/results/")):
        send(tester, method, path, status=404)
    refused = send(tester, "GET", "results/?codes=x", status=400)
    assert refused["errors"][0]["path"] == "codes"
    assert not Assignment.objects.exists()
