"""Shopify's products: variants, pictures, the columns of 2025, categories."""

import pytest

from customers.models import Category, Product

pytestmark = pytest.mark.once

OLD = (
    "Handle,Title,Vendor,Product Category,Type,Option1 Value,Option2 Value,"
    "Variant SKU,Variant Price,Gift Card\n"
)
NEW = "URL handle,Title,Vendor,Product category,Type,Option1 value,SKU,Price,Gift card\n"


def test_variants_and_pictures(bring):
    rows = (
        "tee,Tee,V,Apparel > Hoodies & Sweat,Sale,S,Red,,1.00,false\ntee,,,,,M,Red,'0042,"
        "2.00,\ntee,,,,,,,,,\n"
    )
    bring({"p.csv": OLD + rows})
    assert [*Product.objects.order_by("sku").values_list("sku", "name")] == [
        ("0042", "Tee - M / Red"),
        ("name-tee-s-red", "Tee - S / Red"),
    ]
    found = {one.code: one.parent and one.parent.code for one in Category.objects.all()}
    assert found == {"apparel": None, "apparel/hoodies-sweat": "apparel", "sale": None}


def test_columns_of_2025(bring):
    bring({"p.csv": NEW + "gift,Gift,V,,,Default Title,G,5,TRUE\n"})
    gift = Product.objects.get()
    assert (gift.name, gift.product_type, str(gift.price)) == ("Gift", "giftcard", "5.0000")


def test_variants_that_share_a_sku_are_one_product(bring):
    rows = "tee,Tee,V,,,S,,X,1,\ntee,,,,,M,,X,2,\ncap,Cap,V,,,,,X,3,\n"
    report = bring({"p.csv": OLD + rows})
    assert Product.objects.get().name == "Tee - S"
    assert [(one["code"], one["count"]) for one in report["warnings"]] == [("shared_skus", 2)]
