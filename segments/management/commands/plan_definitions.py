"""`manage.py plan_definitions`: shows what applying files would do, and changes nothing."""

import json
from typing import Any

from django.core.management.base import CommandParser

from core.commands import write_out
from segments.as_code.files import read_directory
from segments.as_code.plan_json import report_of, stored_plan
from segments.as_code.planning import plan_of
from segments.management.definitions import DefinitionsCommand

ERROR, CHANGES, DRIFT = 1, 2, 3


class Command(DefinitionsCommand):
    help = (
        "Say what apply_definitions would do with the files in DIR; change nothing. Exit 0: "
        "nothing to do, 1: an error, 2: changes, 3: somebody has changed a segment since the last "
        "apply."
    )

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        parser = super().create_parser(*args, **options)
        if parser.called_from_command_line:
            # argparse would exit with 2, which here means changes.
            parser.error = lambda message: parser.exit(ERROR, f"{message}\n")  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--json", metavar="FILE", help="write a report for programs")
        parser.add_argument("--out", metavar="PLAN", help="write the plan, for apply_definitions")
        parser.add_argument("--no-members", action="store_true", help="count no members")

    def carry_out(self, options: dict[str, Any]) -> None:
        members = not options["no_members"]
        plan = plan_of(read_directory(options["path"]), members=members)
        for file, document in (("json", report_of(plan)), ("out", stored_plan(plan))):
            if options[file]:
                text = json.dumps(document, ensure_ascii=False, indent=2)
                write_out([text.encode(), b"\n"], options[file], self.stdout)
        self.show(plan, members=members)
        if plan.drift:
            raise SystemExit(DRIFT)
        if plan.actions:
            raise SystemExit(CHANGES)
