"""Cheap passwords, one list of static files, rare garbage collection: they make tests fast."""

import gc

import pytest
from django.test import override_settings
from whitenoise.middleware import WhiteNoiseMiddleware


@pytest.fixture(autouse=True, scope="session")
def passwords_are_hashed_fast():
    """Hash passwords with MD5, which takes no time; Django tests how slow the others are."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True, scope="session")
def static_files_are_listed_once():
    """Let all clients share one list of the static files, instead of searching for them again."""
    files = {}
    add_files = WhiteNoiseMiddleware.add_files_from_finders

    def add_known_files(self):
        if not files:
            add_files(self)
            files.update(self.files)
        self.files.update(files)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_known_files)
        yield


@pytest.fixture(autouse=True, scope="session")
def garbage_is_looked_for_less_often():
    """Collect garbage rarely, and never among the imported modules: tests make many rows."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()
