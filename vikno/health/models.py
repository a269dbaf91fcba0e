"""What engines say of their loops. Only breath: overwritten, never journaled."""

from django.db import models


class LoopState(models.Model):
    """How one loop of one engine fared when that engine last told."""

    engine = models.CharField(max_length=100)  # host:pid
    loop = models.CharField(max_length=60)
    told_at = models.DateTimeField()
    ended_well_at = models.DateTimeField()  # its last step that ended well
    failures = models.PositiveIntegerField(default=0)  # in a row
    words = models.TextField(blank=True)  # of the last failure

    class Meta:
        constraints = [models.UniqueConstraint(fields=["engine", "loop"], name="health_loop_of_engine")]
