"""The senders of stores' mail."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Store


class MailSender(models.Model):
    """The sender of a store's mail; without an address and a postal address nothing is sent.

    The default sender also serves every store that has no complete sender of its own. The logo and
    the colours are the shop's brand in its mails (`campaigns.content.brand`).
    """

    store = models.OneToOneField(
        Store, models.CASCADE, related_name="mail_sender", verbose_name=_("store")
    )
    from_name = models.CharField(
        _("name of the sender"),
        max_length=255,
        blank=True,
        default="",
        help_text=_("Recipients see it as the sender, such as the name of your shop."),
    )
    from_email = models.CharField(
        _("address of the sender"), max_length=254, blank=True, default=""
    )
    reply_to = models.CharField(_("replies go to"), max_length=254, blank=True, default="")
    postal_address = models.TextField(
        _("postal address"),
        blank=True,
        default="",
        help_text=_("It stands at the foot of each mail, as the law requires in marketing mails."),
    )
    logo_url = models.CharField(
        _("address of the logo"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "Where the image lies in your shop or on another server, such as "
            "https://shop.example/logo.png; PNG or JPEG, at least 96 pixels high. Empty: no logo."
        ),
    )
    main_color = models.CharField(
        _("main colour"),
        max_length=7,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "The background of buttons, such as #4350d6, which is used while this is empty."
        ),
    )
    button_text_color = models.CharField(
        _("text colour of buttons"),
        max_length=7,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: white or black, whichever can be read on the main colour."),
    )
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
