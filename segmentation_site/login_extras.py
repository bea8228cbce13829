"""The settings of logging in that need an extra, named where the app of logging in is left out."""

from django.conf import settings

from core.extras import register_extra


def register_login_extras() -> None:
    """Register which settings need the extras `login` and `saml`."""
    for setting, is_on in (
        ("OIDC_SERVER_URL", lambda: bool(settings.OIDC_SERVER_URL)),
        ("SECOND_FACTOR", lambda: settings.SECOND_FACTOR != "optional"),
        ("SSO_ONLY", lambda: settings.SSO_ONLY),
    ):
        register_extra(setting=setting, extra="login", module="fido2", is_on=is_on)
    register_extra(
        setting="SAML_IDP_METADATA",
        extra="saml",
        module="onelogin",
        is_on=lambda: bool(settings.SAML_IDP_METADATA),
    )
