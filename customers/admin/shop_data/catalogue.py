"""The admin's pages of categories, products and their custom attributes."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm, ValidationError
from django.utils.translation import gettext_lazy as _

from core.admin.inlines import BoundedInline
from core.admin.rights import DefinitionAdmin
from customers.admin.shop_data.attributes import AttributeAdmin, ValueInline
from customers.admin.shop_data.columns import money
from customers.models import (
    Category,
    Product,
    ProductAttribute,
    ProductAttributeValue,
    ProductCategory,
)


class CategoryForm(ModelForm[Category]):
    """A category that is not below itself."""

    def clean_parent(self) -> Category | None:
        parent: Category | None = self.cleaned_data["parent"]
        above = parent
        while above is not None:
            if above.pk == self.instance.pk:
                raise ValidationError(_("A category cannot be below itself."))
            above = above.parent
        return parent


@admin.register(Category)
class CategoryAdmin(DefinitionAdmin[Category]):
    form = CategoryForm
    empty_text = _(
        "Categories group your products for conditions and recommendations. They come with an "
        "import of your shop, or you add them here."
    )
    list_display = ("code", "name", "parent")
    list_select_related = ("parent",)
    # Not an autocomplete: its empty field has no name for those who listen to it.
    raw_id_fields = ("parent",)
    search_fields = ("code", "name")
    ordering = ("code",)


class ProductCategoryInline(BoundedInline):
    model = ProductCategory
    raw_id_fields = ("category",)
    shown_with = ("category",)


class ProductValueInline(ValueInline):
    model = ProductAttributeValue


@admin.register(ProductAttribute)
class ProductAttributeAdmin(AttributeAdmin):
    empty_text = _(
        "An attribute is a detail of products, such as the brand. Attributes come with an "
        "import of your shop, or you add them here."
    )


@admin.register(Product)
class ProductAdmin(DefinitionAdmin[Product]):
    empty_text = _(
        "The products that your shop sells are listed here. They come with an import of your "
        "shop, or you add them here."
    )
    fixed = ("sku",)
    parts = (ProductCategory, ProductAttributeValue)
    list_display: Any = ("sku", "name", "product_type", money(Product, "price"))
    sortable_by = ("sku",)
    ordering = ("id",)
    search_fields = ("sku_folded", "name_folded")
    search_help_text = _("Finds a SKU or name by its beginning.")
    fields = ("sku", "name", "product_type", "price")
    inlines = (ProductCategoryInline, ProductValueInline)
