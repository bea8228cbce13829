"""Pieces of content by the API."""

from core.api.routes.slashes import either_way
from core.resources.api import Api
from personalization.experiences.resources import CONTENT

API = Api(
    CONTENT,
    "personalization/content/",
    names=("content-items", "content-item"),
    words=("Contents", "Content"),
    nouns=("pieces of content", "a piece of content"),
    address=either_way,
    example_code="gifts",
    example={
        "type": "blog_article",
        "categories": [],
        "months": [11, 12],
        "body": {"title": "What to give", "link": "/blog/gifts"},
    },
    change={"months": [6, 7, 8]},
)
