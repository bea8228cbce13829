"""The cost of passing time: a sweep, and updating the customers whose membership it changes."""

from datetime import timedelta

from benchmarks.chaos import condition
from benchmarks.made import made, settle
from benchmarks.measure import Options, Row, milliseconds
from benchmarks.refresh import SEGMENTS, refresh_all
from core.clock import now
from customers.models import DirtyCustomer
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.models import Watermark
from segments.models.work.watermark import Work

SPANS = {"15 s": timedelta(seconds=15), "a day": timedelta(days=1)}


def rows(options: Options) -> list[Row]:
    found = []
    with made(SEGMENTS, condition) as segments:
        refresh_all(segments)
        settle()
        for what, back in SPANS.items():
            taken, processed, marks = [], [], 0
            for _round in range(options.rounds):
                Watermark.objects.filter(name=Work.SWEEP).update(at=now() - back)
                taken.append(milliseconds(sweep))
                marks = DirtyCustomer.objects.count()
                processed.append(milliseconds(process_changes))
            found += [
                Row("sweep", f"of {what}, {SEGMENTS} segments", taken, amount=marks, unit="marks"),
                Row("sweep", f"of {what}, putting right", processed, amount=marks, unit="marks"),
            ]
    return found
