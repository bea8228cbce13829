"""The catalogue: the tree of categories, products and their custom attributes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField, FoldedTextField, FoldingModel
from customers.models.attribute import AttributeDefinition, AttributeValue


class Category(models.Model):
    """A category of products; categories form a tree."""

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=255)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Product(FoldingModel):
    """A product with its present values; lines of orders keep the values of their own time."""

    sku = models.CharField(_("SKU"), max_length=255, unique=True)
    sku_folded = FoldedTextField("sku")
    name = models.CharField(_("name"), max_length=255)
    name_folded = FoldedTextField("name")
    product_type = models.CharField(_("type"), max_length=64, default="simple")
    price = ExactDecimalField(_("price"), null=True, blank=True)
    # When the shop created the product; null where nobody has said.
    created_at = models.DateTimeField(_("created"), null=True, blank=True)
    categories = models.ManyToManyField(
        Category, through="ProductCategory", related_name="products", verbose_name=_("categories")
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes = [
            models.Index(fields=["sku_folded"], name="product_sku_idx"),
            models.Index(fields=["name_folded"], name="product_name_idx"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductCategory(models.Model):
    """The assignment of a product to a category."""

    product = models.ForeignKey(
        Product,
        models.CASCADE,
        related_name="product_categories",
        db_index=False,
        verbose_name=_("product"),
    )
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="product_categories", verbose_name=_("category")
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(fields=["product", "category"], name="product_category_once")
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.category_id}"


class ProductAttribute(AttributeDefinition):
    """A custom attribute of products; at once the conditions `order_item.product.<code>` etc."""

    class Meta:
        verbose_name = _("product attribute")
        verbose_name_plural = _("product attributes")
        ordering = ["code"]


class ProductAttributeValue(AttributeValue):
    """A product's value of a custom attribute."""

    product = models.ForeignKey(
        Product,
        models.CASCADE,
        related_name="attribute_values",
        db_index=False,
        verbose_name=_("product"),
    )
    attribute = models.ForeignKey(
        ProductAttribute, models.CASCADE, related_name="values", verbose_name=_("attribute")
    )

    class Meta:
        verbose_name = _("attribute value")
        verbose_name_plural = _("attribute values")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "attribute"], name="product_attribute_value_once"
            )
        ]
