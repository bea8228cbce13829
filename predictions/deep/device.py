"""On which device networks are fitted, and what makes two fits on it equal."""

import os
from threading import Lock
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from core.text.sentences import Sentence
from predictions.deep.architectures import Architecture, Sizes
from predictions.deep.availability import check_installed
from predictions.refusals import Refused

AUTO, CPU, CUDA = "auto", "cpu", "cuda"
# Sums have one order on one thread, whatever the machine has.
THREADS = 1
_INITIALISING = Lock()


def prepare_device() -> str:
    """Make torch deterministic in this thread; return the device to fit on, "cpu" or "cuda".

    Raises `Refused`: `not_installed`, and `no_gpu` where `DEEP_DEVICE` asks for a missing GPU.
    """
    check_installed()
    # cuBLAS reads it once, when the GPU is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch

    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    has_gpu = torch.cuda.is_available()
    if settings.DEEP_DEVICE == CUDA and not has_gpu:
        text = gettext_noop("DEEP_DEVICE asks for a GPU, and torch finds none.")
        raise Refused("no_gpu", Sentence(text, {}))
    return CUDA if has_gpu and settings.DEEP_DEVICE != CPU else CPU


def new_network(architecture: Architecture, sizes: Sizes, *, seed: int = 0) -> Any:
    """Return a network on the CPU whose weights are drawn by `seed`."""
    import torch

    # The generator that draws weights is the process's own: another thread may not draw meanwhile.
    with _INITIALISING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return architecture.build(sizes)
