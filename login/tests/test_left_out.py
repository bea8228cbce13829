"""Without the extra's packages: settings are named, pages are 404, passwords work as before."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

# As on a machine where only the base is installed.
PROGRAM = """
import importlib.util, json, sys
there, real = {"fido2", "jwt", "qrcode", "onelogin"}, importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name in there else real(name, *more)
import django
django.setup()
from django.conf import settings
from django.test import Client
from core.extras import check_extras
settings.ALLOWED_HOSTS = ["testserver"]
client = Client(raise_request_exception=False)
pages = ["/accounts/oidc/sso/login/", "/accounts/2fa/", "/accounts/saml/sso/", "/admin/login/"]
print(json.dumps({
    "named": [one.msg.split()[0] for one in check_extras()],
    "ids": sorted({one.id for one in check_extras()}),
    "pages": [client.get(page).status_code for page in pages],
    "imported": sorted(there & set(sys.modules)),
}))
"""


@pytest.mark.once
def test_without_the_extra_everything_else_runs(tmp_path):
    given = {
        "DJANGO_SETTINGS_MODULE": "segmentation_site.settings",
        "SECRET_KEY": "x",
        "DATA_DIR": str(tmp_path),
        "OIDC_SERVER_URL": "https://id.example",
        "OIDC_CLIENT_ID": "x",
        "OIDC_CLIENT_SECRET": "x",
        "SAML_IDP_METADATA": "https://id.example/saml",
        "SECOND_FACTOR": "required",
        "SSO_ONLY": "1",
    }
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=settings.BASE_DIR,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    named = ["OIDC_SERVER_URL", "SAML_IDP_METADATA", "SECOND_FACTOR", "SSO_ONLY"]
    assert sorted(one for one in found["named"] if one in named) == named
    assert found["ids"] == ["operations.W001"]
    assert found["pages"] == [404, 404, 404, 200]
    assert found["imported"] == []
