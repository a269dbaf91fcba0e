"""Breath: who looks at a ticket, who types. It may be lost, is never journaled, and goes out by itself."""

from django.db import models


class Breath(models.Model):
    """One sign of life, until a moment in the near future."""

    kind = models.CharField(max_length=10)  # viewing, typing; notices
    ticket_id = models.BigIntegerField()  # 0: of no ticket
    dialog_id = models.BigIntegerField(default=0)  # 0: the ticket as a whole; else a row more, for each of its dialogs
    agent_id = models.BigIntegerField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket_id", "dialog_id", "agent_id", "kind"], name="live_breath_once")
        ]
        indexes = [models.Index(fields=["until"], name="live_breath_until")]
