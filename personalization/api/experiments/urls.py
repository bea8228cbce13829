"""The addresses of experiments, answered without their last slash too."""

from django.urls import URLPattern, path

from core.api.routes.slashes import either_way
from personalization.api.experiments.editing import API, StartingExperiment, StoppingExperiment
from personalization.api.experiments.results import (
    ExperimentResults,
    ExperimentResultsCsv,
    Power,
    ResultsOfSeveral,
)

ALL = API.path
ONE = f"{ALL}<text:code>/"

urlpatterns: list[URLPattern] = [
    either_way(f"{ALL}power/", Power, name="experiment-power"),
    either_way(f"{ALL}results/", ResultsOfSeveral, name="experiments-results"),
    path(f"{ONE}results.csv", ExperimentResultsCsv.as_view(), name="experiment-results-csv"),
    either_way(f"{ONE}results/", ExperimentResults, name="experiment-results"),
    either_way(f"{ONE}start/", StartingExperiment, name="experiment-start"),
    either_way(f"{ONE}stop/", StoppingExperiment, name="experiment-stop"),
    *API.urls(),
]
