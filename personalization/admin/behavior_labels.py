"""Labels of the behaviour types for people."""

from django.utils.translation import gettext_lazy

LABELS = {
    "product_viewed": gettext_lazy("product viewed"),
    "category_viewed": gettext_lazy("category viewed"),
    "page_viewed": gettext_lazy("page viewed"),
    "search": gettext_lazy("search"),
    "cart_added": gettext_lazy("put into the cart"),
    "cart_removed": gettext_lazy("taken out of the cart"),
    "wishlist_added": gettext_lazy("put on the wish list"),
    "checkout_started": gettext_lazy("checkout started"),
    "email_opened": gettext_lazy("e-mail opened"),
    "email_clicked": gettext_lazy("e-mail clicked"),
    "content_viewed": gettext_lazy("content viewed"),
    "experience_shown": gettext_lazy("experience shown"),
    "experience_clicked": gettext_lazy("experience clicked"),
    "recommendation_shown": gettext_lazy("recommendation shown"),
    "recommendation_clicked": gettext_lazy("recommendation clicked"),
    "login": gettext_lazy("log-in"),
    "cart_line": gettext_lazy("line of a cart"),
    "order": gettext_lazy("order"),
}


def type_label(name: str) -> str:
    """Return the label of a behaviour type; a type that only the shop knows keeps its own name."""
    return str(LABELS.get(name, name))
