"""What a web process loads when it starts."""

import os
import subprocess
import sys

import pytest

# Nothing of this can be imported; others that can do without it go on without.
PROGRAM = """
import sys
sys.modules.update(dict.fromkeys(["scipy", "sklearn", "skops", "threadpoolctl"]))
import django
django.setup()
from django.urls import get_resolver
assert get_resolver().url_patterns
from predictions.kinds import KINDS
assert "churn" in KINDS
# Deep models belong to workers, even where torch is installed here.
assert not {"torch", "safetensors"} & set(sys.modules)
"""


@pytest.mark.once
@pytest.mark.exhaustive
def test_neither_start_nor_urls_need_what_models_are_fitted_with():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "segmentation_site.settings"}
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, env=environment)
