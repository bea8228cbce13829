"""Recommendations by a deadline: lists that are not ready by then are empty."""

import time
from typing import Any

from django.conf import settings

from personalization.experiences.content.interests import TASTES
from personalization.experiences.serving.worker_pool import run_within
from personalization.recommend.replies.question import Question
from personalization.recommend.replies.reply import Replying


def recommended_in_time(question: Question) -> dict[str, Any]:
    """Return the reply to `question` within `RECOMMENDATION_DEADLINE_MS`.

    It has `served: "deadline"` if a list was not ready, which is then empty. Raises the errors of
    the computation.
    """
    deadline = time.monotonic() + settings.RECOMMENDATION_DEADLINE_MS / 1_000
    replying = Replying(question, TASTES)
    errors: list[Exception] = []

    is_ready = run_within(replying.make, deadline, errors=errors)
    if errors:
        raise errors[0]
    return replying.reply(is_late=not is_ready)
