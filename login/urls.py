"""The addresses of logging in."""

from django.urls import path

from login.oidc import views as oidc
from login.pages import authenticate, confirm, factors
from login.saml import views as saml

app_name = "login"

urlpatterns = [
    path("accounts/oidc/<slug:provider>/login/", oidc.start, name="oidc-login"),
    path("accounts/oidc/<slug:provider>/login/callback/", oidc.callback, name="oidc-callback"),
    path("accounts/saml/sso/", saml.start, name="saml-login"),
    path("accounts/saml/sso/acs/", saml.answer, name="saml-answer"),
    path("accounts/saml/sso/finish/", saml.finish, name="saml-finish"),
    path("accounts/saml/sso/metadata/", saml.metadata, name="saml-metadata"),
    path("accounts/passkey/", authenticate.passkey, name="passkey"),
    path("accounts/confirm/", confirm.confirm, name="confirm"),
    path("accounts/2fa/", factors.factors, name="factors"),
    path("accounts/2fa/authenticate/", authenticate.authenticate, name="authenticate"),
    path("accounts/2fa/totp/add/", factors.add_app, name="add-app"),
    path("accounts/2fa/passkeys/add/", factors.add_passkey, name="add-passkey"),
    path("accounts/2fa/recovery-codes/", factors.renew_codes, name="recovery-codes"),
    path("accounts/2fa/<int:number>/remove/", factors.remove, name="remove"),
]
