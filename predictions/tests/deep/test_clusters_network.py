"""Clusters in the middle of a network: found, kept, held against k-means, refused without torch."""

import json
from hashlib import sha256

import numpy as np
import pytest

from customers.models import Customer
from predictions.deep.availability import is_installed
from predictions.deep.network_files import KEY, NUMBER_BYTES, Networks
from predictions.kinds.clusters.declaration import CLUSTERS
from predictions.kinds.clusters.network import CLUSTERS_AUTOENCODER, HIDDEN, MIDDLE
from predictions.kinds.trained import Metric, Wanted, checked_parameters
from predictions.lifecycle.gate import gate_of
from predictions.lifecycle.train import request_training
from predictions.models import CustomerPrediction, Gate, ModelVersion
from predictions.refusals import Refused
from predictions.registry import deploy
from predictions.scoring.on_demand import predicted_from
from predictions.scoring.runs import score
from predictions.tests.churning import AS_OF
from predictions.tests.kinds.test_clusters import store_shop, trained
from tests.lazy import LazyModule

labelled = LazyModule("predictions.kinds.clusters.labelled")

needs_torch = pytest.mark.skipif(not is_installed(), reason="torch is not installed")
pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("theirs", "gate"), [(0.8, Gate.PASSED), (0.9, Gate.PASSED), (0.97, Gate.FAILED)]
)
def test_gate_asks_for_the_stability_of_kmeans(theirs, gate):
    found = [Metric("smallest_share", 0.1), Metric("bootstrap_ari", 0.9)]
    assert gate_of("clusters", found) == Gate.PASSED
    assert gate_of("clusters", [*found, Metric("bootstrap_ari", 0.9, "kmeans", theirs)]) == gate


@pytest.mark.django_db
def test_embedding_is_refused_without_torch(monkeypatch):
    monkeypatch.setattr("predictions.deep.availability.find_spec", lambda name: None)
    store_shop(people=2)
    with pytest.raises(Refused, match="requirements-deep.txt") as refused:
        request_training("clusters", as_of=AS_OF, parameters={"algorithm": "embedding"})
    assert refused.value.code == "not_installed"
    # A worker without torch ends the training with the same code.
    wanted = Wanted(AS_OF, checked_parameters(CLUSTERS, {"algorithm": "embedding"}))
    with pytest.raises(Refused) as refused:
        CLUSTERS.train(wanted, lambda step, done, total: None)
    assert refused.value.code == "not_installed"


@needs_torch
@pytest.mark.django_db
def test_embedding_divides_customers_and_keeps_its_labels():
    store_shop(people=40)
    version = trained(algorithm="embedding", k=3)
    figures = {(one["name"], one["baseline"]): one for one in version.metrics}
    stability = figures["bootstrap_ari", "kmeans"]
    assert version.gate == Gate.PASSED and stability["value"] >= stability["baseline_value"]
    deep = version.fitted["deep"]
    assert (deep["device"], deep["against"]) == ("cpu", "kmeans")
    assert {"torch", "safetensors"} <= set(version.libraries)
    deploy(version)
    assert score("clusters", as_of=AS_OF).problems == {}
    labels = dict(CustomerPrediction.objects.values_list("customer__external_id", "cluster"))
    assert len(labels) == Customer.objects.count() == 120
    by_letter = {(number[0], label) for number, label in labels.items()}
    assert by_letter == {("A", "1"), ("B", "2"), ("C", "3")}
    again = trained(algorithm="embedding", k=3)
    assert bytes(again.artifact) == bytes(version.artifact)
    assert np.array_equal(
        list(labelled.flat_centres(again).values()), labelled.labelled_of(again).flat
    )
    stored = ModelVersion.objects.select_related("model").get(pk=again.pk)
    with pytest.raises(Refused) as refused:
        predicted_from([[1, 1, 1]], stored, today=1)
    assert refused.value.code == "workers_only"


@pytest.mark.django_db
def test_labels_of_an_embedding_continue_without_torch(monkeypatch):
    monkeypatch.setattr("predictions.deep.availability.find_spec", lambda name: None)
    store_shop(people=40)
    before = trained(k=3)
    flat = labelled.labelled_of(before).flat
    about = {"architecture": "", "sizes": {}, "networks": 1, "device": "cpu"}
    about["about"] = {"labels": ["9", "7", "8"]}
    tensor = {"dtype": "F64", "shape": flat.shape, "data_offsets": [0, flat.nbytes]}
    header = json.dumps({"__metadata__": {KEY: json.dumps(about)}, "array.flat": tensor}).encode()
    content = len(header).to_bytes(NUMBER_BYTES, "little") + header + flat.astype("<f8").tobytes()
    ModelVersion.objects.create(
        model=before.model,
        number=before.number + 1,
        as_of=AS_OF,
        created_at=AS_OF,
        parameters={**before.parameters, "algorithm": "embedding"},
        fitted={"labels": ["7", "8", "9"]},
        artifact=content,
        artifact_sha256=sha256(content).hexdigest(),
    )
    continued = labelled.flat_centres(trained(k=3))
    assert [*continued] == ["9", "7", "8"]
    assert np.array_equal(list(continued.values()), flat)


@pytest.mark.parametrize("lost", ["means", "flat", "transform", "labels", "a label"])
def test_embedding_without_its_parts_is_refused(lost):
    arrays = {name: np.zeros((2, 8)) for name in ("centres", "flat")}
    arrays |= {name: np.zeros(8) for name in ("means", "standard.means", "standard.weights")}
    about = {"transform": "standard", "labels": ["1", "2"]}
    sizes = {"inputs": 8, "hidden": HIDDEN, "middle": MIDDLE}
    found = Networks(CLUSTERS_AUTOENCODER.name, sizes, [None], "cpu", arrays=arrays, about=about)
    assert labelled.Labelled.of_networks(found).labels == ["1", "2"]
    if lost == "a label":
        about["labels"] = ["1"]
    else:
        (arrays if lost in arrays else about).pop(lost)
    with pytest.raises(Refused) as refused:
        labelled.Labelled.of_networks(found)
    assert refused.value.code == "artifact_invalid"
