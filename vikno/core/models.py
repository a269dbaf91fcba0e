"""The company itself, its brands, its files and its jobs."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from vikno.core import clock, ids

LANGUAGES = [("uk", "Українська"), ("ru", "Русский"), ("en", "English")]


class Company(models.Model):
    """The one company of this installation. There is one row, with id 1, once somebody has set Vikno up."""

    name = models.CharField(max_length=200)
    language = models.CharField(max_length=2, choices=LANGUAGES, default="en")
    zone = models.CharField(max_length=64, default="UTC")
    preset = models.CharField(max_length=20, default="other")
    demo = models.BooleanField(default=False)  # a demo sends nothing outside and knows no passwords
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="core_one_company")]


class Brand(models.Model):
    """How the company shows itself to one kind of customers: name, looks, language, sender. Each channel has one."""

    name = models.CharField(max_length=200)
    accent_hue = models.PositiveSmallIntegerField(default=250, validators=[MaxValueValidator(359)])
    language = models.CharField(max_length=2, choices=LANGUAGES, default="en")
    host = models.CharField(max_length=253, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    logo = models.ForeignKey("StoredFile", on_delete=models.SET_NULL, null=True, blank=True)


class StoredFile(models.Model):
    """One file in the store. Its key is opaque; the name that a stranger gave it stands beside, never in the path."""

    key = models.CharField(max_length=32, unique=True, default=ids.file_key)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)


class AttachedFile(models.Model):
    """The columns of a file hanging on something. Each attachment stands alone: no two rows share a stored file."""

    file = models.OneToOneField(StoredFile, on_delete=models.SET_NULL, null=True)  # null: erased or never arrived
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=127, default="application/octet-stream")
    size = models.BigIntegerField()
    content_id = models.CharField(max_length=255, blank=True)
    inline = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


class Job(models.Model):
    """Work to do once, later, outside the request. The row is the queue; see vikno.core.jobs."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DEAD = "dead"  # tried often enough; waits for a person

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=100, blank=True)  # of one key one job runs at a time, in order of id
    unique = models.CharField(max_length=150, null=True, unique=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    run_at = models.DateTimeField(default=clock.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)  # each claim adds one: a late worker's writes find no row
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["run_at", "id"], name="core_job_due", condition=~Q(state="dead")),
            models.Index(fields=["key", "id"], name="core_job_key", condition=~Q(key="")),
        ]


class DutyRun(models.Model):
    """The last run of a recurring duty (retention, reconciliation …): when, how long, what it did."""

    name = models.CharField(max_length=60, unique=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)


class RetentionRule(models.Model):
    """How long one kind of data is kept. Days; null means for ever."""

    kind = models.CharField(max_length=40, unique=True)
    days = models.PositiveIntegerField(null=True)
