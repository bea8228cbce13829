"""The hooks of experiments in other apps; registered once, when Django is ready."""

from conditions.bases.part import SALT_USES, SaltUse
from core.api.routes.parts import PARTS, Part
from core.audit import ACTIONS, SUBJECTS
from core.load.schedule import schedule_task
from customers.changes.declared import Marked, declare
from personalization.experiences.serving.bandits import BATCH_MAKERS
from personalization.experiments import held_about_customers
from personalization.experiments.audit import ACTIONS as OUR_ACTIONS
from personalization.experiments.audit import SUBJECTS as OUR_SUBJECTS
from personalization.experiments.bandits.batches import make_batches
from personalization.experiments.uplift_trials import BEHAVIOR_VISITS, EXPERIMENTS
from personalization.experiments.usages import USED_BY_EXPERIMENTS, describe_experiments
from personalization.models import Assignment
from predictions.kinds.uplift.trials import TRIALS, VISITS
from segments.rules.users import USERS


def register() -> None:
    """Register all hooks."""
    declare(Marked(Assignment, ("customer",)))
    held_about_customers.register()
    SUBJECTS.register(*OUR_SUBJECTS)
    ACTIONS.register(*OUR_ACTIONS)
    USERS.register(USED_BY_EXPERIMENTS)
    SALT_USES.register(SaltUse("personalization.experiments", describe_experiments))
    BATCH_MAKERS.register(make_batches)
    TRIALS.register(EXPERIMENTS)
    VISITS.register(BEHAVIOR_VISITS)
    schedule_task("personalization.make_batches", 60.0, name="personalization-batches")
    PARTS.register(Part("personalization.experiments", "personalization.api.experiments.urls"))
