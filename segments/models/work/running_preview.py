"""The PostgreSQL backends that run the previews of open pages (`database.cancellation`)."""

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, models


class RunningPreview(models.Model):
    """The newest preview of one client, and the process id of its backend while it runs."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    client = models.CharField(max_length=64)
    seq = models.BigIntegerField(default=-1)
    # Previews up to this `seq` are cancelled, even if they arrive after the cancellation.
    ended = models.BigIntegerField(default=-1)
    pid = models.IntegerField(null=True)
    # The alias of the backend's database: the primary, or a replica.
    server = models.CharField(max_length=32, default=DEFAULT_DB_ALIAS)
    touched_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "client"], name="running_preview_once")
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.seq}"
