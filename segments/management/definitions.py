"""The base of the commands of segments as code: the directory, errors, the plan as text."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from segments.as_code.files import InvalidFiles
from segments.as_code.plan_text import plan_lines, warning_lines
from segments.as_code.planning import Plan


class DefinitionsCommand(BaseCommand):
    """A command that reads or writes a directory of definitions; `refusals` are shown as errors."""

    metavar = "DIR"
    refusals: tuple[type[Exception], ...] = (InvalidFiles, OSError)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar=self.metavar, type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.carry_out(options)
        except self.refusals as error:
            raise CommandError(str(error)) from error

    def carry_out(self, options: dict[str, Any]) -> None:
        """Carry out the command. Raises NotImplementedError unless a subclass overrides it."""
        raise NotImplementedError

    def show(self, plan: Plan, *, members: bool) -> None:
        """Write warnings to stderr, and the changes of the plan to stdout."""
        for line in warning_lines(plan):
            self.stderr.write(line)
        for line in plan_lines(plan, members=members):
            self.stdout.write(line)
