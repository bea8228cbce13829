"""Artefacts: fitted models as skops files, which hold no code; never pickle.

A file is only loaded if it has the stored checksum, holds only types of the list below, and was
written by the same minor version of scikit-learn. Loaded versions are cached in the process.
"""

from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from django.utils.translation import gettext_noop

from core.text.sentences import Sentence
from predictions.deep.availability import check_installed
from predictions.deep.network_files import Networks, deep_libraries, dump_networks, load_networks
from predictions.models import ModelVersion
from predictions.refusals import Refused

# Beside those that skops itself trusts. Each is data alone.
TRUSTED = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
LIBRARIES = ("numpy", "scipy", "scikit-learn", "skops")


def libraries() -> dict[str, str]:
    """Return the versions of the libraries that a training goes by."""
    return {name: version(name) for name in LIBRARIES}


def libraries_of(fitted: Any) -> dict[str, str]:
    """Return the versions of the libraries that a training of `fitted` went by."""
    return libraries() | (deep_libraries() if isinstance(fitted, Networks) else {})


def dump_artifact(fitted: Any) -> tuple[bytes, str]:
    """Return the fitted model as a file, and the file's sha256; networks as safetensors."""
    if isinstance(fitted, Networks):
        return dump_networks(fitted)
    from skops import io  # Heavy: workers load it, and who predicts.

    content = io.dumps(fitted)
    return content, sha256(content).hexdigest()


def load_artifact(version: ModelVersion) -> Any:
    """Return the fitted model; raises `Refused` (`artifact_invalid`) with the fault."""
    checked_content(version)
    written, here = (_minor(one["scikit-learn"]) for one in (version.libraries, libraries()))
    if written != here:
        text = gettext_noop("it was written by scikit-learn %(written)s, and here is %(here)s")
        raise _invalid_artifact(version, text, written=written, here=here)
    return _loaded(version.pk, version.artifact_sha256)


def checked_content(version: ModelVersion) -> bytes:
    """Return the artefact; raises `Refused` (`artifact_invalid`) without the stored checksum."""
    content = bytes(version.artifact or b"")
    if sha256(content).hexdigest() != version.artifact_sha256:
        raise _invalid_artifact(version, gettext_noop("its sum is not the one that was stored"))
    return content


def loaded_networks(version: ModelVersion, architecture: str) -> Networks:
    """Return the networks of a version; raises `Refused`: `not_installed`, `artifact_invalid`."""
    check_installed()
    checked_content(version)
    return _loaded_networks(version.pk, version.artifact_sha256, architecture)


@lru_cache(maxsize=4)
def _loaded_networks(pk: int, digest: str, architecture: str) -> Networks:
    version = ModelVersion.objects.get(pk=pk)
    return load_networks(bytes(version.artifact or b""), digest, architecture)


@lru_cache(maxsize=16)
def _loaded(pk: int, digest: str) -> Any:
    from skops import io

    version = ModelVersion.objects.select_related("model").get(pk=pk)
    content = bytes(version.artifact or b"")
    try:
        foreign = sorted(set(io.get_untrusted_types(data=content)) - set(TRUSTED))
    except Exception as error:
        raise _invalid_artifact(version, gettext_noop("it cannot be read")) from error
    if foreign:
        text = gettext_noop("it holds foreign types: %(types)s")
        raise _invalid_artifact(version, text, types=", ".join(foreign))
    return io.loads(content, trusted=list(TRUSTED))


def _minor(number: str) -> str:
    return ".".join(number.split(".")[:2])


def _invalid_artifact(version: ModelVersion, why: str, **values: str) -> Refused:
    text = gettext_noop("The artefact of version %(number)s of “%(model)s” is refused: %(why)s.")
    named = {"number": str(version.number), "model": version.model.code}
    return Refused("artifact_invalid", Sentence(text, {**named, "why": Sentence(why, values)}))
