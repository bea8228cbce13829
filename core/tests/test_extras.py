"""Settings whose extra is missing: only the warning of the check names them."""

import pytest

from core import extras
from core.registries import Registry


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(extras, "EXTRAS", Registry("extra", lambda one: one.setting.lower()))
    for setting, module, is_on in (
        ("ON_AND_MISSING", "no_such_package.deep", True),
        ("ON_AND_THERE", "json.decoder", True),
        ("OFF_AND_MISSING", "no_such_package", False),
    ):
        extras.register_extra(
            setting=setting, extra="traces", module=module, is_on=lambda is_on=is_on: is_on
        )


def test_check_names_setting_and_extra_that_is_missing(registered):
    (warning,) = extras.check_extras()

    assert warning.id == "operations.W001"
    assert "ON_AND_MISSING" in warning.msg
    assert "traces" in warning.msg
    assert extras.is_usable("ON_AND_THERE")
    assert not extras.is_usable("ON_AND_MISSING")
