from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT

from core.database.index_operations import AddIndexBesideWriters, DropFieldIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0039_permissions_of_kept_responses")]

    operations = [
        AddIndexBesideWriters(
            "cartitem",
            models.Index(
                fields=["parent"],
                name="cart_item_parent_idx",
                condition=models.Q(parent__isnull=False),
            ),
        ),
        AddIndexBesideWriters(
            "orderitem",
            models.Index(
                fields=["parent"],
                name="order_item_parent_idx",
                condition=models.Q(parent__isnull=False),
            ),
        ),
        DropFieldIndexBesideWriters(
            "appliedrule",
            "cart",
            models.ForeignKey(
                "customers.cart", CASCADE, related_name="applied_rules", db_index=False
            ),
        ),
        DropFieldIndexBesideWriters(
            "cart",
            "customer",
            models.ForeignKey(
                "customers.customer",
                CASCADE,
                blank=True,
                null=True,
                related_name="carts",
                db_index=False,
            ),
        ),
        DropFieldIndexBesideWriters(
            "cartitem",
            "cart",
            models.ForeignKey("customers.cart", CASCADE, related_name="items", db_index=False),
        ),
        DropFieldIndexBesideWriters(
            "cartitem",
            "parent",
            models.ForeignKey(
                "customers.cartitem",
                CASCADE,
                blank=True,
                null=True,
                related_name="children",
                db_index=False,
            ),
        ),
        DropFieldIndexBesideWriters(
            "customerattributevalue",
            "customer",
            models.ForeignKey(
                "customers.customer", CASCADE, related_name="attribute_values", db_index=False
            ),
        ),
        DropFieldIndexBesideWriters(
            "customertag",
            "customer",
            models.ForeignKey("customers.customer", CASCADE, related_name="tags", db_index=False),
        ),
        DropFieldIndexBesideWriters(
            "login",
            "customer",
            models.ForeignKey("customers.customer", CASCADE, related_name="logins", db_index=False),
        ),
        DropFieldIndexBesideWriters(
            "newslettersubscription",
            "customer",
            models.ForeignKey(
                "customers.customer", CASCADE, related_name="subscriptions", db_index=False
            ),
        ),
        DropFieldIndexBesideWriters(
            "order",
            "customer",
            models.ForeignKey(
                "customers.customer",
                CASCADE,
                blank=True,
                null=True,
                related_name="orders",
                db_index=False,
            ),
        ),
        DropFieldIndexBesideWriters(
            "orderitem",
            "order",
            models.ForeignKey("customers.order", CASCADE, related_name="items", db_index=False),
        ),
        DropFieldIndexBesideWriters(
            "orderitem",
            "parent",
            models.ForeignKey(
                "customers.orderitem",
                CASCADE,
                blank=True,
                null=True,
                related_name="children",
                db_index=False,
            ),
        ),
        DropFieldIndexBesideWriters(
            "productattributevalue",
            "product",
            models.ForeignKey(
                "customers.product", CASCADE, related_name="attribute_values", db_index=False
            ),
        ),
        DropFieldIndexBesideWriters(
            "productcategory",
            "product",
            models.ForeignKey(
                "customers.product", CASCADE, related_name="product_categories", db_index=False
            ),
        ),
        DropFieldIndexBesideWriters(
            "productview",
            "customer",
            models.ForeignKey(
                "customers.customer", CASCADE, related_name="product_views", db_index=False
            ),
        ),
        DropFieldIndexBesideWriters(
            "productview",
            "product",
            models.ForeignKey("customers.product", PROTECT, related_name="+", db_index=False),
        ),
        DropFieldIndexBesideWriters(
            "refund",
            "customer",
            models.ForeignKey(
                "customers.customer",
                CASCADE,
                blank=True,
                null=True,
                related_name="refunds",
                db_index=False,
            ),
        ),
        DropFieldIndexBesideWriters(
            "refunditem",
            "refund",
            models.ForeignKey("customers.refund", CASCADE, related_name="items", db_index=False),
        ),
        DropFieldIndexBesideWriters(
            "wishlistitem",
            "product",
            models.ForeignKey("customers.product", PROTECT, related_name="+", db_index=False),
        ),
        DropFieldIndexBesideWriters(
            "wishlistitem",
            "wishlist",
            models.ForeignKey("customers.wishlist", CASCADE, related_name="items", db_index=False),
        ),
    ]
