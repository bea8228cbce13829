"""`manage.py plan_definitions`: what applying files would do; nothing is changed."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.commands import write_out
from segments.as_code.files import InvalidFiles, read_directory
from segments.as_code.plan_json import report_of, stored_plan
from segments.as_code.plan_text import plan_lines, warning_lines
from segments.as_code.planning import plan_of

ERROR, CHANGES, DRIFT = 1, 2, 3


class Command(BaseCommand):
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
        parser.add_argument("directory", metavar="DIR", type=Path)
        parser.add_argument("--json", metavar="FILE", help="write a report for programs")
        parser.add_argument("--out", metavar="PLAN", help="write the plan, for apply_definitions")
        parser.add_argument("--no-members", action="store_true", help="count no members")

    def handle(self, *args: Any, **options: Any) -> None:
        members = not options["no_members"]
        try:
            plan = plan_of(read_directory(options["directory"]), members=members)
        except InvalidFiles as error:
            raise CommandError(str(error)) from error
        for file, document in (("json", report_of(plan)), ("out", stored_plan(plan))):
            if options[file]:
                text = json.dumps(document, ensure_ascii=False, indent=2)
                write_out([text.encode(), b"\n"], options[file], self.stdout)
        for line in warning_lines(plan):
            self.stderr.write(line)
        for line in plan_lines(plan, members=members):
            self.stdout.write(line)
        if plan.drift:
            raise SystemExit(DRIFT)
        if plan.actions:
            raise SystemExit(CHANGES)
