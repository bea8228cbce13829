"""Log-in data: users' accounts at identity providers, second factors, open requests."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Identity(models.Model):
    """A user's account at an identity provider, known by issuer and subject, never by e-mail."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="login_identity_unique")
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.issuer})"


class FactorKind(models.TextChoices):
    """A kind of second factor, which a user proves beside the password."""

    TOTP = "totp", _("authenticator app")
    PASSKEY = "passkey", _("passkey")
    RECOVERY = "recovery", _("recovery code")


class Factor(models.Model):
    """One second factor of a user; each unused recovery code is a row, of which the hash is stored.

    `secret` is the key of an authenticator app (base32), the public key of a passkey (base64url),
    or the hash of a recovery code. `counter` is the last time step of a code that was taken, or the
    passkey's own counter.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=FactorKind.choices)
    name = models.CharField(max_length=100, blank=True, default="")
    secret = models.TextField()
    credential = models.CharField(max_length=1400, null=True, unique=True)
    counter = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(kind=FactorKind.TOTP),
                name="login_factor_one_totp",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.get_kind_display()


class SamlRequest(models.Model):
    """A request that was sent to the SAML provider; one answer to it is taken, once.

    `claims` are those of the answer until the browser that sent the request fetches them.
    """

    request_id = models.CharField(max_length=100, unique=True)
    created_at = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True)
    claims = models.JSONField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.request_id
