"""MJML made into HTML, where the optional package for it is installed."""

from importlib import import_module

from django.utils.translation import gettext as _

from campaigns.templates.language.parsing import MailTemplate
from campaigns.templates.limits import check_markup
from campaigns.templates.output import render_text
from campaigns.templates.plain import plain_values
from campaigns.templates.problems import TemplateProblem, TemplateRefused


def mjml_problems(template: MailTemplate) -> list[TemplateProblem]:
    """Return what stops the part from becoming HTML, tried without any values."""
    try:
        html_of_mjml(render_text(template, plain_values({})))
    except TemplateRefused as refused:
        return refused.problems
    return []


def html_of_mjml(source: str) -> str:
    """Return the HTML; raise `TemplateRefused` for broken MJML and where there is no package."""
    check_markup(source)
    try:
        package = import_module("mjml")
    except ImportError:
        text = _("MJML needs the package mjml-python, which is not installed.")
        raise _refused("not_installed", text) from None
    try:
        html: str = package.mjml2html(source, include_loader=_no_files)
    except BaseException as error:
        # A panic of Rust, which some broken MJML leads to, is no `Exception`.
        if isinstance(error, ValueError) or type(error).__name__ == "PanicException":
            raise _refused("syntax", str(error)) from error
        raise
    return html


def _no_files(path: str) -> str:
    raise _refused("not_allowed", _("mj-include is not allowed."))


def _refused(code: str, text: str) -> TemplateRefused:
    # The package counts lines in what the template has written, which are not the template's.
    return TemplateRefused([TemplateProblem(code, "html", None, text)])
