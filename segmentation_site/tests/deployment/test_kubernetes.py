"""deploy/kubernetes/: what the manifests say is what the image, the queues and the rule are."""

import re
from typing import Any

import pytest
import yaml
from django.conf import settings

from core.load.scaling import QUIET_MINUTES, TARGET_SECONDS, wanted_workers
from segmentation_site.monitoring.load_metrics import LOADS

FOLDER = settings.BASE_DIR / "deploy" / "kubernetes"


@pytest.fixture(scope="module")
def manifests() -> dict[tuple[str, str], dict[str, Any]]:
    """Return all objects of the files that kustomize applies, by kind and name."""
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    files = sorted(path.name for path in FOLDER.glob("*.yaml"))
    assert sorted([*listed, "kustomization.yaml"]) == files
    found = [one for name in listed for one in yaml.safe_load_all((FOLDER / name).read_text())]
    by_name = {(one["kind"], one["metadata"]["name"]): one for one in found}
    assert len(by_name) == len(found)
    return by_name


def of_kind(manifests: Any, kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["spec"] for (of, name), one in manifests.items() if of == kind}


def pod(spec: dict[str, Any]) -> dict[str, Any]:
    return spec["template"]["spec"]


def container(spec: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod(spec)["containers"]
    return only


def test_each_process_is_a_role_of_the_image_that_writes_nowhere_else(manifests):
    entry = (settings.BASE_DIR / "deploy" / "container" / "container-entry").read_text()
    roles = set(re.findall(r"^    (\w+)\)", entry, re.M))
    deployments = of_kind(manifests, "Deployment")
    queues = []
    for spec in [*deployments.values(), *of_kind(manifests, "Job").values()]:
        role, *options = container(spec)["args"]
        assert role in roles
        if role == "worker":
            assert options[0] == "--queues"
            queues += options[1:]
        assert container(spec)["securityContext"]["readOnlyRootFilesystem"]
        assert pod(spec)["securityContext"]["runAsUser"] == 10001
        mounts = {one["mountPath"] for one in container(spec)["volumeMounts"]}
        assert mounts == {"/data", "/tmp"}
    assert sorted(queues) == sorted(settings.CELERY_TASK_QUEUES)
    beat = deployments["tranche-beat"]
    assert (beat["replicas"], beat["strategy"]["type"]) == (1, "Recreate")


def test_probes_and_disruption_budgets_are_those_of_the_processes(manifests):
    deployments = of_kind(manifests, "Deployment")
    budgets = of_kind(manifests, "PodDisruptionBudget")
    for name, spec in deployments.items():
        labels = spec["template"]["metadata"]["labels"]
        assert spec["selector"]["matchLabels"] == labels
        if name != "tranche-beat":
            assert budgets[name]["selector"]["matchLabels"] == labels
        probe = container(spec)["livenessProbe"]
        if name == "tranche-web":
            assert probe["httpGet"]["path"] == "/healthz"
            assert container(spec)["readinessProbe"]["httpGet"]["path"] == "/readyz"
        else:
            assert probe["exec"]["command"] == ["container-health"]
    (service,) = of_kind(manifests, "Service").values()
    assert service["selector"] == deployments["tranche-web"]["selector"]["matchLabels"]


def test_each_queue_but_tranche_is_scaled_by_the_rule(manifests):
    deployments = of_kind(manifests, "Deployment")
    gauges = {f"tranche_queue_{name}" for name, _text, _value in LOADS}
    scaled = set()
    for spec in of_kind(manifests, "ScaledObject").values():
        target = deployments[spec["scaleTargetRef"]["name"]]
        assert "replicas" not in target  # A rollout must not undo what the autoscaler decided.
        environment = {one["name"]: one["value"] for one in container(target)["env"]}
        (trigger,) = spec["triggers"]
        asked = re.fullmatch(
            r'max\((\w+)\{queue="([\w-]+)"\}\) / (\d+)', trigger["metadata"]["query"]
        )
        gauge, queue, seconds = asked.groups()
        slots = int(trigger["metadata"]["threshold"])
        assert gauge in gauges
        assert container(target)["args"] == ["worker", "--queues", queue]
        assert (int(seconds), slots) == (TARGET_SECONDS, int(environment["WORKER_CONCURRENCY"]))
        assert (trigger["metricType"], trigger["useCachedMetrics"]) == ("AverageValue", True)
        assert (spec["pollingInterval"], spec["minReplicaCount"]) == (60, 1)
        behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 60 * QUIET_MINUTES
        # What the autoscaler computes of 540 s of work is what the rule says.
        at_most = spec["maxReplicaCount"]
        replicas = min(at_most, -(-540 // int(seconds) // slots))
        assert replicas == wanted_workers(540, slots_each=slots, at_most=at_most)
        scaled.add(queue)
    assert scaled == set(settings.CELERY_TASK_QUEUES) - {"tranche"}
    (web,) = of_kind(manifests, "HorizontalPodAutoscaler").values()
    assert web["scaleTargetRef"]["name"] == "tranche-web"
    assert "replicas" not in deployments["tranche-web"]


def test_settings_are_settings_and_secrets_stand_in_no_file(manifests):
    example = (settings.BASE_DIR / ".env.example").read_text()
    roles = {"WEB_WORKERS", "WEB_THREADS"}
    for name in manifests["ConfigMap", "tranche"]["data"]:
        assert name in roles or f"# {name}=" in example
    assert not of_kind(manifests, "Secret")
