"""Clusters: found, measured, refused where there are none; labels that keep their meaning."""

import itertools
import random

import numpy as np
import pytest
from django.db import transaction
from django.urls import reverse
from django.utils.html import escape

from core.problems import Invalid
from customers.models import AuditEntry, Customer, CustomerGroup, Order, Store
from predictions.conditions.labels import labels_of, names_of
from predictions.kinds.clusters.declaration import ALGORITHMS, CLUSTERS
from predictions.kinds.trained import Wanted, checked_parameters
from predictions.lifecycle.cluster_names import name_clusters
from predictions.lifecycle.train import train
from predictions.models import CustomerPrediction, Gate, ModelVersion, PredictionModel
from predictions.refusals import Refused
from predictions.registry import deploy
from predictions.scoring.on_demand import predicted_from, predicted_of
from predictions.scoring.runs import score
from predictions.tests.admin.test_pages import client_with
from predictions.tests.churning import AS_OF, days
from tests.lazy import LazyModule

cluster_choice = LazyModule("predictions.kinds.clusters.number_of_clusters")
cluster_labels = LazyModule("predictions.kinds.clusters.labels")
clusterings = LazyModule("predictions.kinds.clusters.divisions")
spaces = LazyModule("predictions.kinds.clusters.space")
sample_sizes = LazyModule("predictions.statistics.sample_sizes")
target_sizes = LazyModule("predictions.kinds.clusters.target_size")

# Learned and predicted in Python, from features that test_features.py asks both databases for.
pytestmark = pytest.mark.once

# By a cluster's letter: days since the last sale, sales, what each was worth.
KINDS = {"A": (5, 12, 400), "B": (40, 4, 60), "C": (200, 1, 10)}


def store_shop(letters="ABC", people=45, prefix=""):
    """Store so many customers of each of three kinds."""
    store = Store.objects.get(code="default")
    group = CustomerGroup.objects.get(code="general")
    customers = Customer.objects.bulk_create(
        Customer(
            external_id=f"{prefix}{letter}{n}",
            store=store,
            website_id=store.website_id,
            group=group,
        )
        for letter, n in itertools.product(letters, range(people))
    )
    orders = []
    for customer, (letter, n) in zip(
        customers, itertools.product(letters, range(people)), strict=True
    ):
        recency, sales, value = KINDS[letter]
        for sale in range(sales):
            at = AS_OF - days(recency + n % 3 + 2 * sale)
            orders.append(
                Order(
                    number=f"{customer.external_id} {sale}",
                    customer=customer,
                    store=store,
                    state="complete",
                    created_at=at,
                    updated_at=at,
                    grand_total=value + n % 5,
                )
            )
    Order.objects.bulk_create(orders)


@pytest.fixture
def shop_of(db):
    """Return a function that stores so many customers of each of three kinds."""
    return store_shop


def trained(code="clusters", **parameters):
    return train(code, as_of=AS_OF, parameters=parameters)


def in_use(version):
    deploy(version, reason="" if version.gate == Gate.PASSED else "It is only a test.")
    score("clusters", as_of=AS_OF)
    return ModelVersion.objects.select_related("model").get(pk=version.pk)


def labels():
    """Return the stored label of each letter; all of one have the same."""
    rows = CustomerPrediction.objects.values_list("customer__external_id", "cluster")
    found = {}
    for number, label in rows:
        found.setdefault(number.lstrip("x")[0], set()).add(label)
    assert all(len(each) == 1 for each in found.values()), found
    return {letter: each.pop() for letter, each in found.items()}


class TestWithoutAShop:
    def test_labels_move_least(self):
        rng = random.Random(1)
        for _n in range(200):
            old = {str(n + 1): [rng.random(), rng.random()] for n in range(rng.randint(1, 4))}
            new = np.array([[rng.random(), rng.random()] for _n in range(rng.randint(1, 4))])
            means = [rng.random() for _one in new]
            found = cluster_labels.match_labels(new, means, [1] * len(new), old, {*old, "9"})
            assert len(set(found)) == len(found)
            fewer = min(len(old), len(new))
            kept = [(place, label) for place, label in enumerate(found) if label in old]
            assert len(kept) == fewer
            moved = sum(np.hypot(*(new[place] - old[label])) for place, label in kept)
            least = min(
                sum(
                    np.hypot(*(new[place] - old[label])) for place, label in zip(*pair, strict=True)
                )
                for pair in itertools.product(
                    itertools.combinations(range(len(new)), fewer),
                    itertools.permutations(old, fewer),
                )
            )
            assert moved == pytest.approx(least)
            # What is new has a number that was never given, the richest first.
            fresh = sorted((label, -means[n]) for n, label in enumerate(found) if label not in old)
            assert [int(label) for label, _mean in fresh] == list(range(10, 10 + len(fresh)))
            assert [mean for _label, mean in fresh] == sorted(mean for _label, mean in fresh)

    def test_first_labels(self):
        assert cluster_labels.first_labels([5, 9, 5], [3, 1, 4]) == ["3", "1", "2"]
        assert sorted(["10", "noise", "2.1", "2", "1"], key=cluster_labels.by_number) == [
            *("1", "2", "2.1", "10", "noise")
        ]

    def test_points_are_the_same_alone_and_in_company(self):
        from sklearn.decomposition import PCA
        from sklearn.preprocessing import StandardScaler

        rows = np.random.RandomState(2).exponential(50, (300, 4))
        space, kept = spaces.Space.fit(rows, "standard", 2)
        points = space.points(rows)
        expected = PCA(2, svd_solver="full").fit(StandardScaler().fit_transform(rows))
        assert np.allclose(points, expected.transform(StandardScaler().fit_transform(rows)))
        assert kept == pytest.approx(expected.explained_variance_ratio_.sum())
        alone = np.vstack([space.points(row[None]) for row in rows])
        assert (alone == points).all()
        away = spaces.distances(points, points[:3])
        alone = np.vstack([spaces.distances(one[None], points[:3]) for one in points])
        assert (away == alone).all()

    def test_what_is_never_the_same_counts_for_nothing(self):
        rows = np.array([[1.0, 7.0], [2.0, 7.0], [4.0, 7.0]])
        assert (spaces.Space.fit(rows, "log_standard", None)[0].points(rows)[:, 1] == 0).all()
        assert (spaces.Space.fit(rows, "none", None)[0].points(rows) == rows).all()

    def test_the_most_clusters_of_those_that_are_nearly_the_best(self):
        def one(k, silhouette, ari=0.9, share=0.1):
            division = clusterings.centres_of(np.zeros((2, 1)), np.array([0, 1]))
            return cluster_choice.Tried(division, k, k, silhouette, 1.0, 1.0, ari, share, [1])

        assert cluster_choice.best_trial([one(2, 0.6), one(3, 0.595), one(4, 0.589)]).k == 3
        assert cluster_choice.best_trial([one(2, 0.6, ari=0.74), one(3, 0.5), one(4, 0.49)]).k == 4
        assert (
            cluster_choice.best_trial(
                [one(2, 0.6, share=0.019), one(3, 0.5, ari=0.75, share=0.02)]
            ).k
            == 3
        )
        assert cluster_choice.best_trial([one(2, 0.6, ari=0.1), one(1, None)]) is None

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_what_is_apart_is_found(self, algorithm):
        rng = np.random.RandomState(3)
        points = np.vstack([rng.normal(at, 0.3, (80, 2)) for at in (0, 6, 12)])
        found = clusterings.divide_points(points, algorithm, 3, 0)
        assert found.count == 3
        groups = [set(found.numbers[n : n + 80].tolist()) - {-1} for n in (0, 80, 160)]
        assert all(len(group) == 1 for group in groups)
        assert set.union(*groups) == {0, 1, 2}
        near = clusterings.nearest(points, found.centres)
        inside = found.numbers >= 0
        assert (near[inside] == found.numbers[inside]).all()

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    @pytest.mark.parametrize("count", [1, 2, 30])
    def test_all_alike(self, algorithm, count):
        assert clusterings.divide_points(np.zeros((count, 2)), algorithm, 3, 0).count <= 1

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("features", []), ("features", ["recency_days", "recency_days"])),
            *(("features", ["rfm_segment"]), ("features", [1]), ("features", {"a": 1})),
            *(("k", 1), ("k", 51), ("k", 2.0), ("k_range", [3]), ("k_range", [8, 3])),
            *(("k_range", [3, True]), ("k_range", "3-8"), ("k_range", [1, 3])),
            *(("outliers", 0.6), ("outliers", float("nan")), ("pca", 0), ("algorithm", "x")),
        ],
    )
    def test_bad_parameters(self, name, value):
        with pytest.raises(Invalid) as invalid:
            checked_parameters(CLUSTERS, {name: value})
        assert [one.path for one in invalid.value.problems] == [f"parameters.{name}"]

    def test_features_have_one_order(self):
        one, other = (
            checked_parameters(CLUSTERS, {"features": found})["features"]
            for found in (["monetary", "recency_days"], ["recency_days", "monetary"])
        )
        assert one == other


def test_labels_and_names_survive(shop_of):
    shop_of("BC")
    first = in_use(trained(k=2))
    assert labels() == {"B": "1", "C": "2"}
    model = PredictionModel.objects.get(code="clusters")
    name_clusters(model, ["1", "2"], {"1": "Regulars"}, by=None)
    # Richer ones than all are new: they take no label that means something.
    shop_of("A", prefix="x")
    in_use(trained())
    assert labels() == {"B": "1", "C": "2", "A": "3"}
    assert labels_of("clusters") == {"1": "Regulars", "2": "Cluster 2", "3": "Cluster 3"}
    # A label that was given is not given again, though its cluster is gone.
    Customer.objects.filter(external_id__startswith="xA").delete()
    in_use(trained(k=2))
    shop_of("A", prefix="xx")
    assert in_use(trained()).fitted["labels"] == ["1", "2", "4"]
    # By other features nothing goes on.
    other = trained(features=["recency_days"], k=2)
    assert set(other.fitted["labels"]).isdisjoint({"1", "2", "3", "4"})
    assert first.fitted["labels"] == ["1", "2"]


def test_names_are_told_apart(shop_of):
    model = PredictionModel.objects.get(code="clusters")
    name_clusters(model, ["1", "2"], {"1": "Regulars", "2": "Guests"}, by=None)
    with pytest.raises(ValueError, match="both"):
        name_clusters(model, ["1"], {"1": "guests"}, by=None)
    # Nor as another is called that has no name, nor so that nobody can tell them apart.
    for pair in ({"1": "Cluster 2"}, {"1": "\u00e9", "2": "e\u0301"}, {"1": "a", "2": "a\u200b"}):
        with pytest.raises(ValueError, match="both"):
            name_clusters(model, ["1", "2"], pair, by=None)
    name_clusters(model, ["1", "2"], {"2": "Regulars"}, by=None)
    assert names_of("clusters") == {"2": "Regulars"}
    assert AuditEntry.objects.filter(action="clusters_named").count() == 2


@pytest.mark.parametrize(
    "algorithm", ["hdbscan", pytest.param("dbscan", marks=pytest.mark.exhaustive)]
)
def test_who_is_like_nobody_is_noise(shop_of, make_customer, make_order, algorithm):
    shop_of()
    strange = make_customer("Z")
    make_order(strange, AS_OF - days(2_000), grand_total=90_000)
    version = in_use(trained(algorithm=algorithm))
    rows = CustomerPrediction.objects.values_list("customer__external_id", "cluster")
    found = {letter: {label for number, label in rows if number[0] == letter} for letter in "ABCZ"}
    assert found["Z"] == {"noise"}
    inside = [found[letter] - {"noise"} for letter in "ABC"]
    assert all(inside)
    assert all(one.isdisjoint(other) for one, other in itertools.combinations(inside, 2))
    assert version.fitted["labels"][-1] == "noise"


def test_clusters_within_clusters(shop_of):
    shop_of()
    version = in_use(trained(algorithm="hierarchical", k=2))
    rows = dict(CustomerPrediction.objects.values_list("customer__external_id", "cluster"))
    assert set(rows.values()) <= set(version.fitted["labels"])
    assert len(version.fitted["labels"]) <= 6
    tops = {
        letter: {label.split(".")[0] for n, label in rows.items() if n[0] == letter}
        for letter in "ABC"
    }
    assert all(len(each) == 1 for each in tops.values())
    assert len(set.union(*tops.values())) == 2
    again = in_use(trained(algorithm="hierarchical", k=2))
    assert again.fitted["labels"] == version.fitted["labels"]
    assert rows == dict(CustomerPrediction.objects.values_list("customer__external_id", "cluster"))


def test_outliers_are_left_aside_and_labelled(shop_of, make_customer, make_order):
    shop_of("AB")
    make_order(make_customer("Z"), AS_OF - days(900), grand_total=900_000)
    version = in_use(trained(k=2, outliers=0.02))
    steps = {one["step"]: one["rows"] for one in version.fitted["steps"]}
    assert (steps["sample"], steps["outliers"]) == (91, 90)
    assert labels()["Z"] in version.fitted["labels"]


def test_no_structure(db, make_customer, make_order):
    for n in range(20):
        make_order(make_customer(f"S{n}"), AS_OF - days(3))
    for algorithm in ALGORITHMS:
        with pytest.raises(Refused) as refused:
            trained(algorithm=algorithm)
        assert refused.value.code == "no_structure"


@pytest.mark.exhaustive
def test_no_number_is_stable(db, make_customer, make_order):
    rng = random.Random(5)
    for n in range(150):
        customer = make_customer(f"U{n}")
        make_order(customer, AS_OF - days(rng.randint(0, 300)), grand_total=rng.randint(1, 500))
    with pytest.raises(Refused) as refused:
        trained(features=["recency_days", "monetary"], transform="standard", k_range=[20, 22])
    assert refused.value.code == "no_stable_k"
    # Asked for, it is made, and the gate says what it is worth.
    version = trained(features=["recency_days", "monetary"], transform="standard", k=20)
    assert version.gate == Gate.FAILED


def test_too_few(db, make_customer, make_order):
    for n in range(9):
        make_order(make_customer(f"F{n}"), AS_OF - days(n))
    with pytest.raises(Refused) as refused:
        trained()
    assert refused.value.code == "too_few_customers"


@pytest.fixture(scope="class")
def version_for_all(rows_for_all):
    """Store a shop of three clusters and score by them; return the key of the version."""
    with transaction.atomic():
        store_shop()
        yield in_use(trained()).pk
        transaction.set_rollback(True)


class TestThreeClusters:
    @pytest.fixture
    def version(self, version_for_all, db):
        """Return the version in use."""
        return ModelVersion.objects.select_related("model").get(pk=version_for_all)

    def test_labels_go_by_what_was_spent(self, version):
        assert labels() == {"A": "1", "B": "2", "C": "3"}
        assert (version.fitted["k"], version.fitted["labels"]) == (3, ["1", "2", "3"])
        assert [one["customers"] for one in version.fitted["profiles"]] == [45, 45, 45]
        assert [one["rows"] for one in version.fitted["steps"]] == [135] * 5
        assert version.gate == Gate.PASSED
        # As `predict` says it, for customers and for features.
        people = list(Customer.objects.order_by("-pk"))
        found = predicted_of(people, version, as_of=AS_OF)
        letters = [one.external_id[0] for one in people]
        assert [one.scores["cluster"] for one in found] == [labels()[one] for one in letters]
        (rich, missing) = predicted_from([[6, 12, 4800], [None, 12, 4800]], version, today=1)
        assert (rich.scores, missing.scores) == ({"cluster": "1"}, {"cluster": ""})
        assert (len(rich.reasons), len(missing.reasons)) == (3, 0)
        assert sum(one.effect for one in rich.reasons) > 0

    def test_names_that_are_refused_stay_in_the_form_with_the_error_at_their_fields(self, version):
        model = version.model
        client = client_with("predictions.view_scores", "predictions.train_model")
        address = reverse("admin:predictions_predictionmodel_names", args=[model.pk])
        long = "x" * 65
        for sent, at in (
            ({"1": "Same", "2": "same", "3": "Other <b>"}, ["1", "2"]),
            ({"1": "Cluster 2", "2": "", "3": "Other <b>"}, ["1"]),
            ({"1": "One", "2": long, "3": "Other <b>"}, ["2"]),
        ):
            reply = client.post(address, {f"name-{label}": name for label, name in sent.items()})
            html = reply.content.decode()
            for label, name in sent.items():
                assert f'name="name-{label}" value="{escape(name)}"' in html
                assert (f'class="errorlist" id="name-{label}-error"' in html) == (label in at)
            assert names_of("clusters") == {}
        assert client.post(address, {"name-1": "One", "name-2": "Two"}).status_code == 302

    def test_reasons_call_clusters_by_their_names(self, version):
        name_clusters(version.model, ["2"], {"2": "Regulars"}, by=None)
        rows = {"rich": [6, 12, 4800], "poor": [200, 1, 10]}
        found = dict(zip(rows, predicted_from([*rows.values()], version, today=1), strict=True))
        assert all("“Regulars”" in str(one.sentence) for one in found["rich"].reasons)
        name_clusters(version.model, ["2"], {}, by=None)
        (usual,) = predicted_from([rows["poor"]], version, today=1)
        assert all("“Cluster 2”" in str(one.sentence) for one in usual.reasons)


# How large they are -----------------------------------------------------------------------------


def tried_with(k, smallest_share, silhouette, stability=0.9):
    return cluster_choice.Tried(
        None, k, k, silhouette, None, None, stability, smallest_share, sizes=()
    )


def test_the_most_clusters_that_are_large_enough_are_taken():
    found = [
        tried_with(3, 0.30, 0.60),
        tried_with(4, 0.20, 0.20),
        tried_with(5, 0.20, 0.10, stability=0.5),
        tried_with(6, 0.05, 0.55),
    ]
    # Whatever the silhouettes: those of three are by far the best.
    assert [cluster_choice.largest(found, least, 1_000) for least in (50, 51, 201, 301)] == [
        *(found[3], found[1], found[0], None)
    ]


def test_clusters_have_the_size_that_was_asked_for(shop_of):
    shop_of("ABC", people=30)
    version = trained(segment_size_target=30, k_range=[3, 3])
    assert version.fitted["k"] == 3
    assert version.fitted["size_target"] == {"size": 30, "rate": None}
    with pytest.raises(Refused) as refused:
        trained(segment_size_target=31, k_range=[3, 3])
    assert refused.value.code == "no_k_large_enough"
    assert "31" in str(refused.value) and "30" in str(refused.value)


def test_optimal_size_is_that_of_a_test_within_a_cluster(shop_of):
    shop_of("ABC", people=5)

    def size(lift):
        given = {"segment_size_target": "optimal_personalization", "detectable_lift": lift}
        return target_sizes.size_target(Wanted(AS_OF, checked_parameters(CLUSTERS, given)))

    # A third has bought in the last 30 days; no rate is above 1.
    for lift, rate in ((0.5, 0.5), (5, 1.0)):
        assert size(lift).size == 2 * sample_sizes.sample_size(1 / 3, rate)
    assert size(0.5).rate == 1 / 3
    assert 2 * sample_sizes.sample_size(0.2, 0.3) == 588
    Order.objects.filter(customer__external_id__startswith="A").delete()
    with pytest.raises(Refused) as refused:
        size(0.5)
    assert refused.value.code == "no_recent_sales"


@pytest.mark.parametrize("target", [1, 0, -5, 2.5, True, "optimal", "588"])
def test_a_size_that_is_none_is_refused(target):
    with pytest.raises(Invalid) as invalid:
        checked_parameters(CLUSTERS, {"segment_size_target": target})
    assert invalid.value.problems[0].path == "parameters.segment_size_target"
