"""Files of networks: safetensors, which holds numbers alone, and JSON in the header.

The JSON says the architecture, its sizes, how many networks there are, seed, libraries and device.
Nothing is read by `torch.load`, and there is no pickle.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from core.text.sentences import Sentence
from predictions.deep.architectures import ARCHITECTURES, Sizes
from predictions.deep.availability import MODULES, check_installed
from predictions.refusals import Refused

MOST_BYTES = 256 * 1024 * 1024
# Where the JSON stands in the header, and how long a header may be.
KEY = "tranche"
MOST_HEADER = 1024 * 1024
NUMBER_BYTES = 8


@dataclass(frozen=True, eq=False)
class Networks:
    """Fitted networks of one architecture and size, on the CPU, and arrays that go with them.

    `about` is JSON of the model's own, such as the digest of the SKUs.
    """

    architecture: str
    sizes: Sizes
    networks: Sequence[Any]
    device: str
    seed: int = 0
    arrays: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)


def deep_libraries() -> dict[str, str]:
    """Return the versions of the libraries that a network goes by."""
    return {name: version(name) for name in MODULES}


def dump_networks(one: Networks) -> tuple[bytes, str]:
    """Return networks as a file, and its sha256; raises `Refused` (`artifact_too_large`)."""
    from safetensors.torch import save
    from torch import as_tensor

    tensors = {f"array.{name}": as_tensor(array) for name, array in one.arrays.items()}
    for number, network in enumerate(one.networks):
        for name, tensor in network.state_dict().items():
            tensors[f"network.{number}.{name}"] = tensor.detach().cpu().contiguous()
    header = {
        "architecture": one.architecture,
        "sizes": dict(one.sizes),
        "networks": len(one.networks),
        "seed": one.seed,
        "device": one.device,
        "libraries": deep_libraries(),
        "about": dict(one.about),
    }
    content = save(tensors, metadata={KEY: json.dumps(header, sort_keys=True)})
    if len(content) > MOST_BYTES:
        text = gettext_noop("A deep model of %(size)s MB is too large: at most %(most)s MB.")
        sizes = {"size": len(content) // 2**20, "most": MOST_BYTES // 2**20}
        raise Refused("artifact_too_large", Sentence(text, sizes))
    return content, sha256(content).hexdigest()


def read_header(content: bytes) -> dict[str, Any]:
    """Return the JSON of a file, read without torch; raises `Refused` (`artifact_invalid`)."""
    found, _start = _read_safetensors_header(content)
    wanted = {"architecture": str, "sizes": dict, "networks": int, "device": str, "about": dict}
    try:
        about = json.loads(found["__metadata__"][KEY])
        is_whole = all(type(about[name]) is kind for name, kind in wanted.items())
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise invalid_artifact(gettext_noop("it cannot be read")) from error
    if not is_whole:
        raise invalid_artifact(gettext_noop("it cannot be read"))
    return dict(about)


def read_array(content: bytes, name: str) -> NDArray[np.float64]:
    """Return an array of a file, read without torch; raises `Refused` (`artifact_invalid`)."""
    header, start = _read_safetensors_header(content)
    try:
        tensor = header[f"array.{name}"]
        if tensor["dtype"] != "F64":
            raise invalid_artifact(gettext_noop("it cannot be read"))
        first, last = tensor["data_offsets"]
        numbers = np.frombuffer(content[start + first : start + last], dtype="<f8")
        return numbers.reshape(tensor["shape"])
    except (ValueError, KeyError, TypeError) as error:
        raise invalid_artifact(gettext_noop("it cannot be read")) from error


def _read_safetensors_header(content: bytes) -> tuple[dict[str, Any], int]:
    """Return the header of a file, and where the numbers begin."""
    length = int.from_bytes(content[:NUMBER_BYTES], "little")
    if not 0 < length <= min(MOST_HEADER, len(content) - NUMBER_BYTES):
        raise invalid_artifact(gettext_noop("it cannot be read"))
    start = NUMBER_BYTES + length
    try:
        return dict(json.loads(content[NUMBER_BYTES:start])), start
    except (ValueError, TypeError, RecursionError) as error:
        raise invalid_artifact(gettext_noop("it cannot be read")) from error


def load_networks(content: bytes, digest: str, architecture: str) -> Networks:
    """Return the networks of a file with the stored sha256 `digest`.

    Raises `Refused`: `not_installed`, and `artifact_invalid` for another sum or architecture, for
    other shapes, and for a file that is too large or cannot be read.
    """
    check_installed()
    if len(content) > MOST_BYTES:
        raise invalid_artifact(gettext_noop("it is too large"))
    if sha256(content).hexdigest() != digest:
        raise invalid_artifact(gettext_noop("its sum is not the one that was stored"))
    header = read_header(content)
    known = ARCHITECTURES.find(architecture)
    if known is None or header["architecture"] != architecture:
        raise invalid_artifact(gettext_noop("its architecture is not known here"))
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        tensors = load(content)
        arrays = {
            name.removeprefix("array."): tensors.pop(name).numpy()
            for name in sorted(tensors)
            if name.startswith("array.")
        }
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise invalid_artifact(gettext_noop("it cannot be read")) from error
    networks = _networks(known.build, header, tensors)
    return Networks(
        *(architecture, header["sizes"], networks, header["device"], header.get("seed", 0)),
        arrays=arrays,
        about=header["about"],
    )


def _networks(build: Any, header: Mapping[str, Any], tensors: Mapping[str, Any]) -> list[Any]:
    """Return the networks, whose shapes are checked before any memory is taken for them."""
    import torch

    found, left = list[Any](), set(tensors)
    for number in range(min(header["networks"], len(tensors))):
        try:
            with torch.device("meta"):
                network = build(header["sizes"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise invalid_artifact(gettext_noop("its shapes are others")) from error
        names = {name: f"network.{number}.{name}" for name in network.state_dict()}
        if not set(names.values()) <= left:
            raise invalid_artifact(gettext_noop("its shapes are others"))
        left -= set(names.values())
        stored = {name: tensors[full] for name, full in names.items()}
        for name, expected in network.state_dict().items():
            one = stored[name]
            if one.shape != expected.shape or one.dtype != expected.dtype:
                raise invalid_artifact(gettext_noop("its shapes are others"))
        network.load_state_dict(stored, assign=True)
        found.append(network.eval())
    if left or not found:
        raise invalid_artifact(gettext_noop("its shapes are others"))
    return found


def invalid_artifact(why: str) -> Refused:
    """Return the refusal (`artifact_invalid`) of a file; `why` is a marked English clause."""
    text = gettext_noop("The artefact of this deep model is refused: %(why)s.")
    return Refused("artifact_invalid", Sentence(text, {"why": Sentence(why, {})}))
