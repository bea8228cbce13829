"""The fit and the artefact of networks; without torch: that it is missed in words."""

import json
import math
from functools import partial

import numpy as np
import pytest

from predictions.deep import network_files
from predictions.deep.architectures import ARCHITECTURES, Architecture
from predictions.deep.availability import check_installed, check_offered, is_installed
from predictions.deep.device import new_network, prepare_device
from predictions.deep.fitting import Deadline, Schedule, fit
from predictions.deep.network_files import Networks, dump_networks, load_networks, read_header
from predictions.deep.sampling import sampled_places, split_places
from predictions.refusals import Refused

pytestmark = pytest.mark.once
needs_torch = pytest.mark.skipif(not is_installed(), reason="torch is not installed")
IDS = [f"c{number}" for number in range(400)]
SIZES = {"inputs": 3}


def build_line(sizes):
    from torch import nn

    return nn.ModuleDict({"line": nn.Linear(sizes["inputs"], 1)})


LINE = Architecture("tests_line", build_line)


@pytest.fixture(autouse=True)
def line(monkeypatch):
    monkeypatch.setattr(ARCHITECTURES, "_found", {**ARCHITECTURES._found, LINE.name: LINE})


def nothing(epochs, most):
    pass


def fitted(*, deadline=None, report=nothing, schedule=None, poison=None):
    """Return a network fitted to sums of three numbers, and how that went.

    `poison` is called as `report` is, with the network first.
    """
    import torch

    device = prepare_device()
    rows = torch.as_tensor(np.random.default_rng(1).normal(size=(400, 3)), dtype=torch.float32)

    def loss(network, places):
        return ((network["line"](rows[places])[:, 0] - rows[places].sum(1)) ** 2).mean()

    network = new_network(LINE, SIZES)
    schedule = schedule or Schedule(epochs=40, rows=32, rate=0.05)
    how = fit(
        *(network, IDS, loss, schedule),
        device=device,
        deadline=deadline or Deadline(600),
        report=report if poison is None else partial(poison, network),
    )
    return network, how


def stored(network, **changes):
    values = {"architecture": LINE.name, "sizes": SIZES, "networks": [network], "device": "cpu"}
    return dump_networks(Networks(**(values | changes)))


def test_missing_torch_is_refused_by_the_file_name(monkeypatch, settings):
    monkeypatch.setattr("predictions.deep.availability.find_spec", lambda name: None)
    for check in (check_installed, check_offered):
        with pytest.raises(Refused, match="requirements-deep.txt") as refused:
            check()
        assert refused.value.code == "not_installed"
    settings.DEEP_WORKERS = True
    check_offered()
    with pytest.raises(Refused):
        check_installed()


def test_sample_is_the_same_in_any_order():
    chosen = {IDS[place] for place in sampled_places(IDS, 50)}
    turned = IDS[::-1]
    assert len(chosen) == 50 and chosen == {turned[place] for place in sampled_places(turned, 50)}
    assert sampled_places(IDS) == list(range(400))


def test_one_tenth_judges_even_of_a_sample():
    many = [str(number) for number in range(20_000)]
    sample = [many[place] for place in sampled_places(many, 1_000)]
    fitted_places, judging = split_places(sample)
    assert sorted(fitted_places + judging) == list(range(1_000))
    assert 60 <= len(judging) <= 140


@needs_torch
def test_fit_ends_without_gain_and_learns():
    _network, how = fitted(schedule=Schedule(epochs=1_000, rows=32, rate=0.05))
    assert how.epochs < 1_000 and how.loss < 1e-3 and not how.out_of_time


@needs_torch
def test_two_fits_are_equal_bytes():
    assert stored(fitted()[0]) == stored(fitted()[0])


@needs_torch
def test_time_limit_keeps_the_best_epoch():
    class Third(Deadline):
        epochs = 0

        @property
        def is_over(self):
            return self.epochs == 3

    deadline = Third(600)

    def report(epochs, most):
        deadline.epochs = epochs

    limited, how = fitted(deadline=deadline, report=report)
    assert (how.epochs, how.out_of_time) == (3, True)
    assert stored(limited) == stored(fitted(schedule=Schedule(3, 32, 0.05))[0])


@needs_torch
def test_no_time_still_trains_one_epoch():
    limited, how = fitted(deadline=Deadline(0))
    assert (how.epochs, how.out_of_time) == (1, True)
    assert stored(limited) == stored(fitted(schedule=Schedule(1, 32, 0.05))[0])


@needs_torch
def test_cancelling_ends_the_fit():
    class Over(Exception):
        pass

    def report(epochs, most):
        if epochs == 2:
            raise Over

    with pytest.raises(Over):
        fitted(report=report)


@needs_torch
def test_fit_that_diverges_keeps_the_epoch_before_or_is_refused():
    before, _how = fitted(schedule=Schedule(1, 32, 0.05))

    def poison(epoch, network, epochs, most):
        if epochs == epoch:
            network["line"].weight.data.fill_(float("nan"))

    network, how = fitted(poison=partial(poison, 1))
    assert (how.epochs, math.isfinite(how.loss)) == (2, True)
    assert stored(network) == stored(before)
    with pytest.raises(Refused) as refused:
        fitted(poison=partial(poison, 0))
    assert refused.value.code == "diverged"


@needs_torch
def test_missing_gpu_is_refused(settings, monkeypatch):
    settings.DEEP_DEVICE = "cuda"
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(Refused) as refused:
        prepare_device()
    assert refused.value.code == "no_gpu"


@needs_torch
def test_artifact_comes_back_as_it_was():
    import torch

    network = fitted()[0]
    arrays = {"edges": np.array([0.25, 0.5])}
    content, digest = stored(network, arrays=arrays, about={"skus": "abc"})
    header = read_header(content)
    assert header["architecture"] == LINE.name and header["about"] == {"skus": "abc"}
    assert header["libraries"]["torch"] == torch.__version__ and header["seed"] == 0
    found = load_networks(content, digest, LINE.name)
    assert torch.equal(found.networks[0]["line"].weight, network["line"].weight)
    assert found.arrays["edges"].tolist() == [0.25, 0.5]


def forged(content, **changes):
    """Return a file with another header."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    about = json.loads(header["__metadata__"]["tranche"]) | changes
    header["__metadata__"]["tranche"] = json.dumps(about)
    new = json.dumps(header).encode()
    new += b" " * (-len(new) % 8)
    return len(new).to_bytes(8, "little") + new + content[8 + length :]


@needs_torch
@pytest.mark.parametrize(
    "changes",
    [
        {"architecture": "other"},
        {"sizes": {"inputs": 4}},
        {"sizes": {}},
        {"sizes": {"inputs": 10**15}},
        {"sizes": {"inputs": -1}},
        {"networks": 2},
        {"networks": 0},
        {"networks": "1"},
    ],
)
def test_forged_header_is_refused(changes):
    content = forged(stored(fitted()[0])[0], **changes)
    with pytest.raises(Refused) as refused:
        load_networks(content, network_files.sha256(content).hexdigest(), LINE.name)
    assert refused.value.code == "artifact_invalid"


@needs_torch
@pytest.mark.parametrize("how", ["sum", "cut", "empty", "unknown", "large"])
def test_broken_artifact_is_refused(how, monkeypatch):
    content, digest = stored(fitted()[0])
    if how == "large":
        monkeypatch.setattr(network_files, "MOST_BYTES", len(content) - 1)
    if how in ("cut", "empty"):
        content = content[:-4] if how == "cut" else b""
        digest = network_files.sha256(content).hexdigest()
    name = "tests_unknown" if how == "unknown" else LINE.name
    with pytest.raises(Refused) as refused:
        load_networks(content, "0" * 64 if how == "sum" else digest, name)
    assert refused.value.code == "artifact_invalid"


@needs_torch
def test_large_artifact_is_not_stored(monkeypatch):
    monkeypatch.setattr(network_files, "MOST_BYTES", 16)
    with pytest.raises(Refused) as refused:
        stored(fitted()[0])
    assert refused.value.code == "artifact_too_large"
