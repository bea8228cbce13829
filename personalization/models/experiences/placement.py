"""Placements of a page, their variants by audience, and content that is chosen by interest."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.text.codes import CODE
from customers.models import Website


class Selection(models.TextChoices):
    """How a placement chooses among the variants that a shopper is eligible for."""

    PRIORITY = "priority", _("the lowest priority")
    GOALS = "goals", _("what reaches the goals best")


class Placement(models.Model):
    """A place of a page, an e-mail or a next best action; written by `experiences.resources`."""

    code = models.CharField(
        _("code"),
        max_length=64,
        unique=True,
        validators=[CODE],
        help_text=_("The name by which the storefront asks for the place; it never changes."),
    )
    page_type = models.CharField(_("page type"), max_length=64, validators=[CODE])
    website = models.ForeignKey(
        Website,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("website"),
        help_text=_("None: all websites."),
    )
    default_content = models.JSONField(_("default content"), default=dict, blank=True)
    selection = models.CharField(
        _("choice of the variant"),
        max_length=16,
        choices=Selection.choices,
        default=Selection.PRIORITY,
        db_default=Selection.PRIORITY,
    )
    # Weights by the names of `personalization.goals`; null: conversions alone.
    goals = models.JSONField(_("goals"), null=True, blank=True)
    explore = models.PositiveIntegerField(
        _("share of customers who get a random variant"),
        default=1_000,
        db_default=1_000,
        help_text=_("Of 10,000; only their first exposures say how well a variant does."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("place in the shop")
        verbose_name_plural = _("places in the shop")
        ordering = ["code"]
        permissions = [("serve_experience", _("Can ask for experiences of shoppers"))]

    def __str__(self) -> str:
        return self.code


class ExperienceVariant(models.Model):
    """The content of a placement by audience and time. Written by `experiences.resources` only.

    `audience` is null (everybody), a test of segment membership or a tree of conditions; `context`
    has the allowed values for keys of the request's context. Segments are stored by their codes: a
    deleted segment has no members.
    """

    placement = models.ForeignKey(
        Placement,
        models.CASCADE,
        related_name="variants",
        db_index=False,
        verbose_name=_("place in the shop"),
    )
    code = models.CharField(_("code"), max_length=64, validators=[CODE])
    audience = models.JSONField(_("audience"), null=True, blank=True)
    context = models.JSONField(_("only in"), default=dict, blank=True)
    live = models.BooleanField(
        _("judged at each request"),
        default=False,
        help_text=_("Members of segments are judged at each request, not as they are stored."),
    )
    priority = models.IntegerField(
        _("priority"), default=0, help_text=_("The lowest wins, then the first code.")
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    content = models.JSONField(_("content"), default=dict)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        # The order of precedence.
        ordering = ["placement", "priority", "code"]
        constraints = [models.UniqueConstraint(fields=["placement", "code"], name="variant_once")]

    def __str__(self) -> str:
        return self.code


class ContentType(models.TextChoices):
    """The type of a piece of content."""

    BLOG_ARTICLE = "blog_article", _("article")
    VIDEO = "video", _("video")
    SOCIAL_PROOF = "social_proof", _("social proof")
    USER_GENERATED = "user_generated", _("by customers")


class ContentItem(models.Model):
    """A piece of content, shown to customers who are likely to be interested.

    `categories` are codes of categories, `months` numbers from 1; without months the content is not
    seasonal. `recent_clicks` is counted by `experiences.counting`.
    """

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[CODE])
    type = models.CharField(_("type"), max_length=16, choices=ContentType.choices)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    months = models.JSONField(_("months"), default=list, blank=True)
    published_at = models.DateTimeField(_("published"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    body = models.JSONField(_("body"), default=dict, blank=True)
    recent_clicks = models.PositiveBigIntegerField(_("clicks in 7 days"), default=0, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("piece of content")
        verbose_name_plural = _("content")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class PlacementsStamp(models.Model):
    """A single row: the placements cached by web processes are valid while `stamp` is unchanged."""

    stamp = models.CharField(max_length=32)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.stamp
