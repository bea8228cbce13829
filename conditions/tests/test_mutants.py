"""The mutants of bin/mutate fit the code as it is now; whether tests notice them is its own run."""

import importlib.util

from django.conf import settings


def test_every_mutant_can_still_be_made(db):
    path = settings.BASE_DIR / "bin" / "mutants.py"
    spec = importlib.util.spec_from_file_location("mutants", path)
    mutants = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mutants)
    changed = [mutants.edit_function(*edit)[0].__name__ for edit in mutants.EDITS]
    assert len(changed) == len(mutants.EDITS) > 90
    assert len(list(mutants.mutants())) > 200
