"""The senders of stores' mail."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Store


class MailSender(models.Model):
    """The sender of a store's mail; without an address and a postal address nothing is sent.

    The default sender also serves every store that has no complete sender of its own.
    """

    store = models.OneToOneField(
        Store, models.CASCADE, related_name="mail_sender", verbose_name=_("store")
    )
    from_name = models.CharField(_("name of the sender"), max_length=255, blank=True, default="")
    from_email = models.CharField(
        _("address of the sender"), max_length=254, blank=True, default=""
    )
    reply_to = models.CharField(_("replies go to"), max_length=254, blank=True, default="")
    postal_address = models.TextField(_("postal address"), blank=True, default="")
    is_default = models.BooleanField(
        _("default sender"),
        default=False,
        help_text=_("Also sends the mail of every store that has no sender of its own."),
    )
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        ordering = ["store_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="campaigns_one_default_sender",
            )
        ]

    def __str__(self) -> str:
        return self.from_email

    @property
    def is_complete(self) -> bool:
        """Return whether mail may be sent with this sender."""
        return bool(self.from_email and self.postal_address.strip())
