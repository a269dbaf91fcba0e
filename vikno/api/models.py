"""First answers to requests that carried an Idempotency-Key, kept for a day."""

from django.db import models

from vikno.accounts.models import ApiToken
from vikno.core import clock


class FirstAnswer(models.Model):
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64)  # digest of method, path and body: the key belongs to this request alone
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="api_first_answer_once")]
