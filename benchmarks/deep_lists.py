"""The promotion and the costs of the network `sequence` on the shop in the database.

Fits recommendations as the nightly computation does at `--as-of`, then the network. Prints one line
of JSON for each list: the figures of the promotion gate. Needs PyTorch; writes to the database.

    DATABASE_URL=... python manage.py import_online_retail FILE
    DATABASE_URL=... python -m benchmarks.deep_lists --as-of 2011-09-09
"""

import argparse
import json
import os
import resource
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", required=True, help="a day, at midnight in UTC")
    as_of = datetime.fromisoformat(parser.parse_args().as_of).replace(tzinfo=UTC)
    django.setup()
    from personalization.models import RecommendationVersion
    from personalization.recommend.algorithms import SEQUENCE
    from personalization.recommend.nightly import fit_recommendations
    from personalization.recommend.sequence.fitting import fit_sequence

    fit = fit_recommendations(as_of)
    run = fit_sequence()
    for version in RecommendationVersion.objects.filter(fit=fit, algorithm=SEQUENCE):
        print(json.dumps({"wish": version.wish, "gate": version.gate, **version.figures}))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({**run.figures, "peak_memory_mb": peak}))


if __name__ == "__main__":
    main()
