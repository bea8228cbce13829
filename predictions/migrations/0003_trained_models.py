"""What trained models need: versions, trainings, deployments, more scores."""

from typing import Any

import core.database.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F


def call_kinds(apps: Any, schema_editor: Any) -> None:
    """The models so far are called as their kinds; everybody is scored anew by their version."""
    models = apps.get_model("predictions", "PredictionModel").objects
    found = models.using(schema_editor.connection.alias)
    found.update(kind=F("code"), limits=None, is_owed=True)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0014_audit_actions_of_apps"),
        ("predictions", "0002_rules"),
        ("segments", "0025_tags_and_saved_filters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Deployment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="deployed")),
                (
                    "reason",
                    models.CharField(blank=True, default="", max_length=500, verbose_name="reason"),
                ),
                ("rolled_back_at", models.DateTimeField(null=True, verbose_name="rolled back")),
            ],
            options={
                "verbose_name": "deployment",
                "verbose_name_plural": "deployments",
            },
        ),
        migrations.CreateModel(
            name="ModelVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("candidate", "candidate"),
                            ("deployed", "deployed"),
                            ("retired", "retired"),
                            ("refused", "refused by the gate"),
                        ],
                        default="candidate",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                (
                    "gate",
                    models.CharField(
                        choices=[
                            ("passed", "passed"),
                            ("failed", "failed"),
                            ("not_evaluated", "not evaluated"),
                            ("overridden", "overridden"),
                        ],
                        default="not_evaluated",
                        max_length=16,
                        verbose_name="gate",
                    ),
                ),
                ("as_of", models.DateTimeField(null=True, verbose_name="as of")),
                ("parameters", models.JSONField(default=dict, verbose_name="parameters")),
                ("fitted", models.JSONField(default=dict, verbose_name="fitted")),
                ("metrics", models.JSONField(default=list, verbose_name="metrics")),
                ("warnings", models.JSONField(default=list, verbose_name="warnings")),
                ("data_hash", models.CharField(blank=True, default="", max_length=64)),
                ("libraries", models.JSONField(default=dict)),
                ("artifact", models.BinaryField(null=True)),
                ("artifact_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("created_at", models.DateTimeField(verbose_name="trained")),
            ],
            options={
                "verbose_name": "version of a model",
                "verbose_name_plural": "versions of models",
            },
        ),
        migrations.CreateModel(
            name="RiskHistory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_index=True, verbose_name="as of")),
                ("churn_risk", core.database.fields.ExactDecimalField(verbose_name="churn risk")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
            ],
            options={
                "verbose_name": "former churn risk",
                "verbose_name_plural": "former churn risks",
            },
        ),
        migrations.CreateModel(
            name="TrainingRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("completed", "completed"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="",
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                ("done", models.PositiveBigIntegerField(default=0, verbose_name="done")),
                ("total", models.PositiveBigIntegerField(null=True, verbose_name="total")),
                ("created_at", models.DateTimeField(verbose_name="requested")),
                ("started_at", models.DateTimeField(null=True, verbose_name="started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("error", models.TextField(blank=True, default="", verbose_name="error")),
                (
                    "owner",
                    models.CharField(blank=True, default="", max_length=128, verbose_name="worker"),
                ),
                ("fencing", models.PositiveIntegerField(default=0)),
                ("heartbeat_at", models.DateTimeField(null=True, verbose_name="last sign of life")),
                ("lease_expires_at", models.DateTimeField(null=True)),
                (
                    "cancel_requested_at",
                    models.DateTimeField(null=True, verbose_name="cancel requested"),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("not_before", models.DateTimeField(null=True, verbose_name="next attempt")),
                ("woken_at", models.DateTimeField(null=True)),
                (
                    "phase",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("features", "reading features"),
                            ("evaluate", "measuring against counting"),
                            ("fit", "fitting"),
                            ("store", "storing"),
                        ],
                        default="",
                        max_length=16,
                        verbose_name="step",
                    ),
                ),
                ("as_of", models.DateTimeField(verbose_name="as of")),
                ("parameters", models.JSONField(default=dict, verbose_name="parameters")),
                ("deploys", models.BooleanField(default=False)),
                ("error_code", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "verbose_name": "training run",
                "verbose_name_plural": "training runs",
            },
        ),
        migrations.AlterModelOptions(
            name="predictionmodel",
            options={
                "permissions": [
                    ("train_model", "Can train models"),
                    ("deploy_model", "Can deploy models"),
                    ("optimize", "Can plan what to do with scores"),
                ],
                "verbose_name": "model",
                "verbose_name_plural": "models",
            },
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="churn_as_of",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="churn_risk",
            field=core.database.fields.ExactDecimalField(null=True, verbose_name="churn risk"),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="churn_risk_rise",
            field=core.database.fields.ExactDecimalField(
                null=True, verbose_name="rise of the churn risk"
            ),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="churn_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="clv",
            field=core.database.fields.ExactDecimalField(
                null=True, verbose_name="predicted lifetime value"
            ),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="clv_as_of",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="clv_model",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="predictions.predictionmodel",
            ),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="clv_top_percent",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="among the top percent"),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="clv_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="expected_order_value",
            field=core.database.fields.ExactDecimalField(
                null=True, verbose_name="expected order value"
            ),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="expected_orders",
            field=core.database.fields.ExactDecimalField(null=True, verbose_name="expected orders"),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="journey_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="next_order_as_of",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="next_order_from",
            field=models.DateField(null=True, verbose_name="expected next order, from"),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="next_order_on",
            field=models.DateField(null=True, verbose_name="expected next order"),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="next_order_to",
            field=models.DateField(null=True, verbose_name="expected next order, to"),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="next_order_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="probability_alive",
            field=core.database.fields.ExactDecimalField(
                null=True, verbose_name="probability of being alive"
            ),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="rfm_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customerprediction",
            name="value_band",
            field=models.CharField(
                blank=True,
                choices=[("top", "Top"), ("high", "High"), ("middle", "Middle"), ("low", "Low")],
                default="",
                max_length=16,
                verbose_name="value band",
            ),
        ),
        migrations.AddField(
            model_name="predictionmodel",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="switched on"),
        ),
        migrations.AddField(
            model_name="predictionmodel",
            name="kind",
            field=models.CharField(default="", max_length=32, verbose_name="kind"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="predictionmodel",
            name="retrain",
            field=models.CharField(
                choices=[("never", "never"), ("weekly", "every Sunday")],
                default="never",
                max_length=16,
                verbose_name="train",
            ),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="problems",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="versions",
            field=models.JSONField(default=dict, verbose_name="versions"),
        ),
        migrations.AddIndex(
            model_name="customerprediction",
            index=models.Index(fields=["clv", "customer"], name="prediction_clv_idx"),
        ),
        migrations.AddIndex(
            model_name="customerprediction",
            index=models.Index(fields=["churn_risk", "customer"], name="prediction_churn_idx"),
        ),
        migrations.AddIndex(
            model_name="customerprediction",
            index=models.Index(
                fields=["next_order_on", "customer"], name="prediction_next_order_idx"
            ),
        ),
        migrations.AddField(
            model_name="deployment",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="deployment",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deployments",
                to="predictions.predictionmodel",
            ),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="created_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="trained by",
            ),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="predictions.predictionmodel",
                verbose_name="model",
            ),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="segment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="segments.segment",
                verbose_name="segment",
            ),
        ),
        migrations.AddField(
            model_name="deployment",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deployments",
                to="predictions.modelversion",
                verbose_name="version",
            ),
        ),
        migrations.AddField(
            model_name="predictionmodel",
            name="deployed",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="predictions.modelversion",
                verbose_name="deployed version",
            ),
        ),
        migrations.AddField(
            model_name="riskhistory",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="risk_history",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="trainingrun",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="trainings",
                to="predictions.predictionmodel",
                verbose_name="model",
            ),
        ),
        migrations.AddField(
            model_name="trainingrun",
            name="requested_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="requested by",
            ),
        ),
        migrations.AddField(
            model_name="trainingrun",
            name="segment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="segments.segment",
                verbose_name="segment",
            ),
        ),
        migrations.AddField(
            model_name="trainingrun",
            name="version",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="training",
                to="predictions.modelversion",
                verbose_name="version",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                fields=("model", "number"), name="model_version_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "deployed")),
                fields=("model",),
                name="model_version_one_deployed",
            ),
        ),
        migrations.AddConstraint(
            model_name="riskhistory",
            constraint=models.UniqueConstraint(
                fields=("customer", "at"), name="risk_history_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "")),
                fields=("model",),
                name="training_one_at_a_time",
            ),
        ),
        migrations.CreateModel(
            name="Evaluation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of", models.DateTimeField(verbose_name="as of")),
                ("metrics", models.JSONField(default=list, verbose_name="metrics")),
                (
                    "gate",
                    models.CharField(
                        choices=[
                            ("passed", "passed"),
                            ("failed", "failed"),
                            ("not_evaluated", "not evaluated"),
                            ("overridden", "overridden"),
                        ],
                        max_length=16,
                        verbose_name="gate",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evaluations",
                        to="predictions.modelversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "evaluation",
                "verbose_name_plural": "evaluations",
            },
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="seen_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(call_kinds, migrations.RunPython.noop, elidable=True),
    ]
