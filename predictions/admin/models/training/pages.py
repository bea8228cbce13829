"""Train a model from the admin: the form, the progress of the training, and cancelling it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.clock import checked_clock, now
from core.forms.datetimes import MomentField
from core.forms.numbers import read_number, spell_number
from core.problems import Invalid
from core.text.formats import moment_shown
from predictions.admin.models.model_state import amount_of, ready_version, under_way
from predictions.admin.models.versions.deploying import PAGE, UNTIL_DONE
from predictions.admin.models.versions.details import choices_of, format_value, help_of, label_of
from predictions.admin.models.versions.sentences import LIMIT
from predictions.deep.availability import QUEUE
from predictions.history.population import sales
from predictions.kinds import KINDS
from predictions.kinds.deep_algorithms import may_fit_networks
from predictions.kinds.parameters import Parameter, Shape
from predictions.kinds.trained import TrainedKind, checked_parameters
from predictions.lifecycle.retrain import settings_of, version_in_use
from predictions.lifecycle.train import cancel_training, request_training
from predictions.lifecycle.trainable import trained_kind
from predictions.models import PredictionModel, TrainingRun, TrainingStep
from predictions.refusals import Refused
from segments.models import RunState

# A training that waits for longer may wait for a worker that does not run.
LONG = timedelta(minutes=1)
# A training requested for "now" has an as-of time at most this long before the request.
SAME_TIME = timedelta(minutes=1)
SHOWN = 10
PREFIX = "parameter-"
PAIR = re.compile(r"\s*([0-9]{1,6})\s*[-–]\s*([0-9]{1,6})\s*")


class ParameterField(forms.CharField):
    """A field for a parameter that is a number; None for an empty field: the parameter's default.

    An ambiguous text, which could be two different numbers, is refused, as are values that the
    parameter's `check` refuses.
    """

    def __init__(self, parameter: Parameter) -> None:
        default = parameter.default()
        super().__init__(
            label=str(label_of(parameter.name)),
            help_text=str(parameter.help or help_of(parameter.name)),
            required=False,
            initial="" if default is None else spell_number(default),
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"}),
        )
        self.parameter = parameter

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            number = read_number(text)
            is_whole = number is not None and number.as_tuple().exponent == 0
            plain = number if number is None else int(number) if is_whole else float(number)
            return self.parameter.check(plain)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class PairField(ParameterField):
    """A field for a parameter that is two whole numbers, such as 3–8."""

    def clean(self, value: Any) -> Any:
        text = forms.CharField.clean(self, value)
        if not text:
            return None
        found = PAIR.fullmatch(text)
        if found is None:
            text = _("Two whole numbers are needed with a dash between them, such as 3–8.")
            raise forms.ValidationError(text)
        try:
            return self.parameter.check([int(one) for one in found.groups()])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


DEPLOY = "predictions.deploy_model"
# What the button sends that trains without showing the form.
USUAL = "usual"


class NumberOrWordField(ParameterField):
    """A field for a parameter that is a whole number or a word."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.widget.attrs["inputmode"] = "text"

    def clean(self, value: Any) -> Any:
        text = forms.CharField.clean(self, value)
        if not text or read_number(text) is not None:
            return super().clean(value)
        try:
            return self.parameter.check(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


TYPED = {Shape.PAIR: PairField, Shape.NUMBER_OR_WORD: NumberOrWordField}


def _field(parameter: Parameter) -> forms.Field:
    """Return the form field of a parameter."""
    if not parameter.choices:
        return TYPED.get(parameter.shape, ParameterField)(parameter)
    is_one = parameter.shape is Shape.ONE
    return (forms.ChoiceField if is_one else forms.MultipleChoiceField)(
        label=str(label_of(parameter.name)),
        help_text=str(parameter.help or help_of(parameter.name)),
        choices=choices_of(parameter),
        initial=parameter.default(),
        widget=forms.Select if is_one else forms.CheckboxSelectMultiple,
    )


class TrainForm(forms.Form):
    """As-of time and parameters of a training, and whether to deploy a version that passes.

    Users who may not deploy do not see the last field.
    """

    as_of = MomentField(
        label=gettext_lazy("As of"),
        required=False,
        help_text=gettext_lazy("Left empty: now. Nothing later is looked at."),
    )
    deploys = forms.BooleanField(
        label=gettext_lazy("Deploy the version if it passes the approval check"),
        required=False,
        help_text=gettext_lazy(
            "Nobody is asked once more, even where it measures something else than the version in "
            "use: segments that ask about its scores then get other members."
        ),
    )

    def __init__(self, kind: TrainedKind, *args: Any, may_deploy: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_deploy:
            del self.fields["deploys"]
        asked = [one for one in kind.parameters if one.is_asked]
        for parameter in asked:
            self.fields[PREFIX + parameter.name] = _field(parameter)
        self.order_fields([*(PREFIX + one.name for one in asked), "as_of", "deploys"])

    def clean_as_of(self) -> Any:
        as_of = self.cleaned_data["as_of"]
        try:
            found = None if as_of is None else checked_clock(as_of)
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError(_("That is too far away.")) from error
        if found is not None and found > now():
            # Events that have not happened yet would count as events that never happen.
            raise forms.ValidationError(_("That is still to come."))
        return found

    def parameters(self) -> dict[str, Any]:
        """Return the parameters that are not empty, by name."""
        return {
            name.removeprefix(PREFIX): value
            for name, value in self.cleaned_data.items()
            if name.startswith(PREFIX) and value is not None
        }


def train_page(
    request: HttpRequest, model: PredictionModel, context: dict[str, Any]
) -> HttpResponse:
    """Show the form, and queue a training on POST.

    With `USUAL`, train as the version in use was trained. While no version is deployed, the new one
    is deployed if it passes, unless the user unticks that or a version that has passed waits.
    """
    try:
        kind = trained_kind(model)
    except Refused as error:
        messages.info(request, str(error))
        return redirect(PAGE, model.pk)
    if USUAL in request.POST:
        train_as_usual(request, model)
        return redirect(PAGE, model.pk)
    initial = {"deploys": deploys_at_once(model, request.user)}
    may_deploy = request.user.has_perm(DEPLOY)
    form = TrainForm(kind, request.POST or None, may_deploy=may_deploy, initial=initial)
    if request.method == "POST" and form.is_valid() and queue_training(request, model.code, form):
        return redirect(PAGE, model.pk)
    context |= {
        "page_name": _("Train"),
        "form": form,
        "limit": LIMIT,
        "is_under_way": model.trainings.filter(outcome="").exists(),
    }
    return TemplateResponse(request, "admin/predictions/model/train.html", context)


def deploys_at_once(model: PredictionModel, user: User | AnonymousUser) -> bool:
    """Return whether a training that `user` requests now deploys a version that passes.

    A deployed version stays until somebody compares it with the new one, and so does one that has
    passed and waits.
    """
    if model.deployed_id is not None or not user.has_perm(DEPLOY):
        return False
    return ready_version(model) is None


def train_as_usual(request: HttpRequest, model: PredictionModel) -> None:
    """Request a training of `model`, and tell the user whether it is queued.

    Its settings are those of the version in use, without one the defaults.
    """
    asked_at, by = now(), cast(User, request.user)
    settings, deploys = settings_of(version_in_use(model)), deploys_at_once(model, by)
    try:
        run = request_training(model.code, **settings, deploys=deploys, by=by)
    except (Refused, Invalid) as error:
        is_empty = isinstance(error, Refused) and error.code == "no_sales"
        messages.error(request, _no_sales(None) if is_empty else str(error))
        return
    if run.created_at >= asked_at:
        messages.success(request, _("The training is queued."), extra_tags=UNTIL_DONE)
    else:
        text = _("A training is under way already: no other begins before it has ended.")
        messages.warning(request, text)


def queue_training(request: HttpRequest, code: str, form: TrainForm) -> TrainingRun | None:
    """Request a training of the model `code`; return the run, or one under way with equal settings.

    Return None, with errors in the form, where the training is refused or where a training with
    other settings is under way.
    """
    asked_at = now()
    try:
        run = request_training(
            code,
            as_of=form.cleaned_data["as_of"],
            parameters=form.parameters(),
            deploys=form.cleaned_data.get("deploys", False),
            by=cast(User, request.user),
        )
    except Refused as error:
        if error.code == "no_sales":
            form.add_error("as_of", _no_sales(form.cleaned_data["as_of"]))
        else:
            form.add_error(None, str(error))
        return None
    except Invalid as error:
        for problem in error.problems:
            form.add_error(PREFIX + problem.path.removeprefix("parameters."), problem.message)
        return None
    if run.created_at >= asked_at:
        messages.success(request, _("The training is queued."), extra_tags=UNTIL_DONE)
        return run
    others = list(_otherwise(run, form))
    if others:
        text = _(
            "Nothing was begun, since another training is under way, and it is told otherwise: "
            "%(others)s. What you have entered stands here still: send it once that one has ended "
            "or is cancelled."
        )
        form.add_error(None, text % {"others": "; ".join(others)})
        return None
    text = _("A training with just these settings is under way already: no other was begun.")
    messages.warning(request, text)
    return run


def _no_sales(as_of: datetime | None) -> str:
    if as_of is None or not sales(now()).exists():
        return _("Nobody has bought anything yet.")
    return _("Nobody had bought anything yet on %(moment)s.") % {"moment": moment_shown(as_of)}


def _otherwise(run: TrainingRun, form: TrainForm) -> Iterator[str]:
    """Yield a phrase for each setting in which `run` differs from the form."""
    text = _("%(name)s %(theirs)s instead of %(ours)s")
    kind = trained_kind(run.model)
    asked = {one.name for one in kind.parameters if one.is_asked}
    for name, ours in checked_parameters(kind, form.parameters()).items():
        theirs = run.parameters.get(name)
        if theirs != ours and name in asked:
            told = {"theirs": _parameter_text(name, theirs), "ours": _parameter_text(name, ours)}
            yield text % {"name": label_of(name), **told}
    as_of = form.cleaned_data["as_of"]
    if (run.created_at - run.as_of > SAME_TIME) if as_of is None else (run.as_of != as_of):
        ours = _("now") if as_of is None else moment_shown(as_of)
        yield text % {"name": _("As of"), "theirs": moment_shown(run.as_of), "ours": ours}
    if run.segment is not None:
        yield _("only about the members of “%(segment)s”") % {"segment": run.segment}
    if "deploys" in form.fields and run.deploys != form.cleaned_data["deploys"]:
        yield (
            _("its version is deployed if it passes the approval check")
            if run.deploys
            else _("its version is not deployed by itself")
        )


def _parameter_text(name: str, value: Any) -> str:
    return _("worked out") if value is None else format_value(name, value)


def cancel(request: HttpRequest, model: PredictionModel, context: dict[str, Any]) -> HttpResponse:
    """Cancel the model's training that is under way, and redirect to the model's page."""
    run = model.trainings.filter(outcome="").first()
    if run is None:
        messages.info(request, _("No training is under way."))
    elif cancel_training(run).outcome:
        messages.success(request, _("The training is cancelled."))
    else:
        messages.success(
            request, _("The training ends as soon as its worker notices."), extra_tags=UNTIL_DONE
        )
    return redirect(PAGE, model.pk)


@dataclass(frozen=True)
class Step:
    """A step of a training: `state` is `done`, `now` or `later`."""

    label: Words
    state: str
    amount: str = ""


@dataclass(frozen=True)
class Progress:
    """The progress of the latest training, or its result."""

    run: TrainingRun

    @property
    def is_working(self) -> bool:
        """Whether the training has not ended."""
        return not self.run.outcome

    @property
    def is_bad(self) -> bool:
        """Whether the training failed."""
        return self.run.outcome == RunState.FAILED

    @property
    def said(self) -> str:
        """Return a sentence on the current step or on the result of the training."""
        run = self.run
        if not run.outcome:
            return under_way(run)
        match run.outcome:
            case RunState.FAILED:
                return _("The training failed: %(error)s") % {"error": run.error_text}
            case RunState.CANCELLED:
                return _("The training was cancelled.")
        if run.version is None:
            return _("The training has ended.")
        words = {"number": run.version.number, "gate": run.version.get_gate_display()}
        return _("The training has made version %(number)d; its approval check: %(gate)s.") % words

    @property
    def warning(self) -> str:
        """Return why the training has not begun or continued; "" where nothing is wrong."""
        run = self.run
        if run.outcome or run.state is not RunState.QUEUED:
            return ""
        if run.not_before is not None and run.not_before > now():
            text = _("An attempt failed (%(error)s); the next one begins on %(at)s.")
            return text % {"error": run.error, "at": moment_shown(run.not_before)}
        since = run.heartbeat_at or run.created_at
        if now() - since < LONG:
            return ""
        text = (
            _("Its worker has not been heard of for %(time)s. Another one takes over.")
            if run.attempts
            else _("It has been waiting for %(time)s.")
        )
        is_deep = may_fit_networks(KINDS[run.model.kind], run.parameters)
        queue = QUEUE if is_deep else "tranche-predictions"
        hint = _("Does a worker serve the queue “%(queue)s”?") % {"queue": queue}
        return f"{text % {'time': timesince(since, now())}} {hint}"

    @property
    def steps(self) -> list[Step]:
        """The steps of a running training; [] for a training that is not running."""
        run = self.run
        if run.outcome or run.state is not RunState.RUNNING:
            return []
        names = TrainingStep.values
        at = names.index(run.phase) if run.phase in names else 0
        return [
            Step(
                step.label,
                "done" if place < at else "now" if place == at else "later",
                amount_of(run) if place == at else "",
            )
            for place, step in enumerate(TrainingStep)
        ]


def progress_of(model: PredictionModel) -> Progress | None:
    """Return the progress of the latest training of `model`; None before the first training."""
    found = latest_of(model)[:1]
    return Progress(found[0]) if found else None


def latest_of(model: PredictionModel) -> list[TrainingRun]:
    """Return the latest trainings of `model`, at most 10, the newest first."""
    rows = model.trainings.select_related("requested_by", "version").defer("version__artifact")
    return list(rows.order_by("-pk")[:SHOWN])
