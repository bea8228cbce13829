"""A worker that falls silent in the middle of its work: `silent_worker WORK`.

It writes "silent" and waits for a line before it goes on, so that whoever has started it can stop
it or cut its connection; WORK is `batch`, `refresh CODE`, `saving CODE` or `sweep`.
"""

import sys

import django

django.setup()

from conditions.upkeep import rollup  # noqa: E402
from segments.editing import saving  # noqa: E402
from segments.engine.live_changes import changed_customers, passing_time  # noqa: E402
from segments.engine.members import stored_members  # noqa: E402
from segments.models import Segment  # noqa: E402
from segments.refresh import refresh_segment  # noqa: E402


def silent_after(module, name):
    """Let the function of `module` be followed by silence."""
    function = getattr(module, name)

    def then_silent(*args, **kwargs):
        answer = function(*args, **kwargs)
        sys.stdout.write("silent\n")
        sys.stdout.flush()
        sys.stdin.readline()
        return answer

    setattr(module, name, then_silent)


def main(work, *args):
    if work == "batch":
        silent_after(rollup, "update")
        changed_customers.process_batch()
    elif work == "refresh":
        silent_after(stored_members, "compare")
        run = refresh_segment(Segment.objects.get(code=args[0]))
        sys.exit(run.state != "completed")
    elif work == "saving":
        silent_after(saving, "record")
        segment = Segment.objects.get(code=args[0])
        saving.save_segment(segment, saving.Definition("Silent"), author=None)
    elif work == "sweep":
        silent_after(passing_time, "_segments")
        passing_time.sweep()


if __name__ == "__main__":
    main(*sys.argv[1:])
