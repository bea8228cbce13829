"""Templates: checked, stored with their versions, restored, deleted."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from campaigns.audit import TEMPLATE
from campaigns.composing import content_of
from campaigns.definition import TemplateDefinition, template_definition, template_from
from campaigns.editing.columns import problems_of
from campaigns.models import MailTemplate, MailTemplateVersion, Sequence
from campaigns.templates.content import check
from campaigns.templates.problems import TemplateProblem, TemplateRefused, first_problems
from campaigns.trying import sampled
from campaigns.variants import users_of_template
from core.audit import record
from core.clock import now
from core.problems import Invalid, Problem
from core.text.formats import in_quotes
from core.text.named import MOST_NAMED, first_named
from customers.models import AuditAction


class InvalidTemplate(Invalid):
    """A template that is refused; `problems` holds every finding, each with its part's path."""


class TemplateInUse(ValueError):
    """A template that is in use is not deleted; `users` and the message name what uses it.

    The first 20 of them, and the message says how many more there are.
    """

    def __init__(self, template: MailTemplate, users: list[str]) -> None:
        self.users = users[:MOST_NAMED]
        names = first_named([in_quotes(name) for name in users])
        text = _("“%(name)s” is used by %(users)s.")
        super().__init__(text % {"name": template.name, "users": names})


def create_template(code: str, definition: TemplateDefinition, *, author: Any) -> MailTemplate:
    """Store a new template as its version 1; raises InvalidTemplate, and nothing is stored."""
    return _stored(lambda: MailTemplate(code=code), definition, author)


def save_template(
    template: MailTemplate, definition: TemplateDefinition, *, author: Any
) -> MailTemplate:
    """Store `definition` as a new version, if it says anything new; raises InvalidTemplate."""
    return _stored(lambda: lock_template(template.pk), definition, author)


def restore_template(template: MailTemplate, number: int, *, author: Any) -> MailTemplate:
    """Make what `template` said as version `number` the newest version; raises as saving does."""
    version = template.versions.get(number=number)
    return save_template(template, template_from(version.definition), author=author)


def used_by(template: MailTemplate) -> list[str]:
    """Return what everything is called that keeps `template` from being deleted."""
    users = list(template.campaigns.order_by("pk").values_list("name", flat=True))
    users += [str(one) for one in Sequence.objects.filter(steps__template=template).distinct()]
    return [*users, *users_of_template(template)]


def delete_template(template: MailTemplate, *, author: Any) -> None:
    """Delete `template` with its versions; raises TemplateInUse where something uses it."""
    with transaction.atomic():
        stored = lock_template(template.pk)
        users = used_by(stored)
        if users:
            raise TemplateInUse(stored, users)
        before = asdict(template_definition(stored))
        record(author, AuditAction.DELETED, TEMPLATE, stored.code, before=before)
        stored.delete()


def lock_template(pk: int) -> MailTemplate:
    """Return the stored template, which nobody changes until the transaction is over."""
    found: MailTemplate = MailTemplate.objects.select_for_update(no_key=True).get(pk=pk)
    return found


def as_problem(found: TemplateProblem) -> Problem:
    """Return a finding of a template as the API and the admin say it."""
    said = found.detail
    if found.line is not None:
        said = _("Line %(line)d: %(said)s") % {"line": found.line, "said": said}
    return Problem(found.part, found.code, said)


def problems_with(definition: TemplateDefinition) -> list[Problem]:
    """Return what is wrong with what a template says, or with what becomes of it."""
    found = first_problems(check(content_of(asdict(definition))))
    if not found:
        try:
            sampled(definition)
        except TemplateRefused as error:
            found = error.problems
    return [as_problem(one) for one in found]


def _stored(
    begin: Callable[[], MailTemplate], wanted: TemplateDefinition, author: Any
) -> MailTemplate:
    try:
        with transaction.atomic():
            return _store(begin(), wanted, author)
    except IntegrityError:
        # Somebody took the code in between: now the check sees it.
        with transaction.atomic():
            return _store(begin(), wanted, author)


def _store(template: MailTemplate, wanted: TemplateDefinition, author: Any) -> MailTemplate:
    is_new = template._state.adding
    wanted = replace(wanted, name=wanted.name.strip())
    before = None if is_new else asdict(template_definition(template))
    after = asdict(wanted)
    if before == after:
        return template
    for name, value in after.items():
        setattr(template, name, value)
    names = {"name", "subject", "preheader", "format", *({"code"} if is_new else ())}
    problems = problems_of(template, names)
    if is_new and MailTemplate.objects.filter(code=template.code).exists():
        problems.append(Problem("code", "unique", _("There is a template of this code.")))
    known = {problem.path for problem in problems}
    problems += [one for one in problems_with(wanted) if one.path not in known]
    if problems:
        raise InvalidTemplate(problems)
    template.version += 1
    template.save()
    MailTemplateVersion.objects.create(
        template=template,
        number=template.version,
        definition=after,
        author=author,
        created_at=now(),
    )
    action = AuditAction.CREATED if is_new else AuditAction.CHANGED
    record(author, action, TEMPLATE, template.code, before=before, after=after)
    return template
