"""Warnings about probable mistakes in content: it is stored all the same."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Problem
from customers.models import Category, Product
from personalization.experiences.content.links import is_from_page, is_link, is_path
from personalization.models import ContentType, ExperienceVariant, ExperimentState, Placement

Doubts = Iterator[Problem]


def doubts_about(content: Mapping[str, Any], path: str) -> Doubts:
    """Yield warnings about content that can be stored at `path`."""
    yield from unknown_in(content, path)
    if "link" in content:
        yield from _relative(content["link"], f"{path}.link")
    for index, one in enumerate(content.get("items", ())):
        yield from _relative(one["link"], f"{path}.items[{index}].link")


def unknown_in(content: Mapping[str, Any], path: str) -> Doubts:
    """Yield warnings of products, categories and codes that the shop does not have (yet)."""
    if "sku" in content:
        yield from _unknown_product(content["sku"], f"{path}.sku")
    code = content.get("category")
    if code is not None and not Category.objects.filter(code=code).exists():
        text = _("There is no category with the code “%(code)s”: look whether it is spelled so.")
        yield Problem(f"{path}.category", "unknown_category", text % {"code": code})


def doubts_about_piece(kind: str, body: Mapping[str, Any]) -> Doubts:
    """Yield warnings about a piece of content."""
    sku, link, image = (_text(body, name) for name in ("sku", "link", "image"))
    if kind == ContentType.VIDEO and not link and not _text(body, "title"):
        text = _("This video has neither a title nor a link: there is nothing to see or to click.")
        yield Problem("body", "empty", text)
    if kind == ContentType.SOCIAL_PROOF and not sku:
        text = _("Social proof without a product is never shown: say which product it is about.")
        yield Problem("body.sku", "required", text)
    if sku:
        yield from _unknown_product(sku, "body.sku")
    if image and not is_path(image):
        text = _("“%(image)s” is no path such as /media/gifts.jpg: does the storefront find it?")
        yield Problem("body.image", "not_a_path", text % {"image": image})
    if link and not link.startswith("https://") and not is_link(link):
        text = _("“%(link)s” is no link: it begins with a slash, or with https://.")
        yield Problem("body.link", "not_a_link", text % {"link": link})
    elif link:
        yield from _relative(link, "body.link")


def falsified_by(row: Placement, content: Mapping[str, Any]) -> Doubts:
    """Yield which running experiments of a stored placement show its default, if that changes."""
    if row.default_content == content:
        return
    for name, variants in _running(row):
        if any(not one.get("content") and "algorithm" not in one for one in variants):
            text = _(
                "The running experiment “%(name)s” shows it: from now on its customers see "
                "something else than before, and its figures mix both."
            )
            yield Problem("default_content", "in_experiment", text % {"name": name})


def experiments_keeping(row: ExperienceVariant, content: Mapping[str, Any]) -> Doubts:
    """Yield which running experiments go on showing a stored variant's content, if it changes."""
    if row.content == content:
        return
    for name, variants in _running(row.placement):
        if any(one.get("content") == row.content for one in variants):
            text = _("The running experiment “%(name)s” goes on showing what stood here before.")
            yield Problem("content", "in_experiment", text % {"name": name})


def _running(row: Placement) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    running = row.experiments.filter(state=ExperimentState.RUNNING).order_by("code")
    yield from running.values_list("name", "variants")


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value.strip() if isinstance(value, str) else ""


def _relative(link: str, path: str) -> Doubts:
    if is_from_page(link):
        text = _(
            "“%(link)s”: without a slash in front it is relative to the page on which it is shown. "
            "Do you mean /%(link)s?"
        )
        yield Problem(path, "relative_link", text % {"link": link})


def _unknown_product(sku: str, path: str) -> Doubts:
    if not Product.objects.filter(sku=sku).exists():
        text = _("There is no product with the SKU “%(sku)s”: look whether it is spelled so.")
        yield Problem(path, "unknown_product", text % {"sku": sku})
