"""Maho's rules and files in short, for the tests of their import."""

import json

PREFIX = "customersegmentation/segment_condition_"
COMBINE = f"{PREFIX}combine"
MAPS = {
    "website_id": {"1": "default"},
    "group_id": {"0": "guests", "1": "general", "2": "vip"},
    "store_id": {"1": "default", "2": "second"},
    "region_id": {"81": "Bavaria"},
    "category_id": {"5": "shoes", "6": "hats", "9": "gone"},
    "product_id": {"11": "S-1", "12": "H-1"},
    "rule_id": {"7": "spring", "8": "summer"},
}


def leaf(kind, attribute, operator="==", value="1"):
    """One condition; `kind` is what follows the common beginning of the types."""
    return {
        "type": PREFIX + kind,
        "attribute": attribute,
        "operator": operator,
        "value": value,
        "is_value_processed": False,
    }


def combine(*conditions, aggregator="all", value="1"):
    return {
        "type": COMBINE,
        "attribute": None,
        "operator": None,
        "value": value,
        "is_value_processed": None,
        "aggregator": aggregator,
        "conditions": list(conditions),
    }


def row(*conditions, name="Imported", **columns):
    """A row as it is in Maho's table, with columns that the import has no use for."""
    return {
        "segment_id": "3",
        "name": name,
        "description": None,
        "is_active": "1",
        "conditions_serialized": json.dumps(combine(*conditions)),
        "website_ids": "1",
        "customer_group_ids": "",
        "matched_customers_count": "12",
        "last_refresh_at": "2026-01-01 00:00:00",
        "refresh_status": "completed",
        "refresh_mode": "auto",
        "priority": "0",
        **columns,
    }


EMAIL, CLV = ("customer_attributes", "email"), ("customer_clv", "lifetime_sales")
DOB, CREATED = ("customer_attributes", "dob"), ("order_attributes", "created_at")
RULES, GROUP = ("cart_attributes", "applied_rule_ids"), ("customer_attributes", "group_id")
VIEWED_CATEGORY = ("product_viewed", "category_id")
BIG = leaf("customer_clv", "lifetime_sales", ">=", "500")
COUPON = leaf("order_attributes", "coupon_code", "!=", "X")
GONE = leaf("product_viewed", "category_id", "==", "9")
