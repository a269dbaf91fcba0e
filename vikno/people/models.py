"""Persons and their identities. Joining two persons sets a pointer; nothing is moved, so it can be undone."""

from django.db import models
from django.db.models import Q

from vikno.core import clock
from vikno.core.models import LANGUAGES


class Organisation(models.Model):
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=200, db_index=True)
    created_at = models.DateTimeField(default=clock.now)


class OrganisationDomain(models.Model):
    """A mail domain of an organisation. Membership by it counts for sight only with a verified address."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253, unique=True)


class Person(models.Model):
    """One human, seen from outside the desk or from within."""

    name = models.CharField(max_length=200, blank=True)
    sort_key = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=2, choices=LANGUAGES, blank=True)
    zone = models.CharField(max_length=64, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.SET_NULL, null=True, related_name="members")
    organisation_by_domain = models.BooleanField(default=False)  # nobody said so: guessed from the address's domain
    user = models.OneToOneField("accounts.User", on_delete=models.SET_NULL, null=True, related_name="person")
    joined_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="joined")
    blocked_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["sort_key", "id"], name="people_person_order")]
        constraints = [
            models.CheckConstraint(condition=~Q(joined_to=models.F("id")), name="people_not_joined_to_oneself")
        ]


class Identity(models.Model):
    """One address, phone or account of a person. `value` is its normal form; `shown` is how the person writes it."""

    class Kind(models.TextChoices):
        EMAIL = "email"
        PHONE = "phone"
        TELEGRAM = "telegram"
        WIDGET = "widget"
        PLACE = "place"  # came in person: no address at all, unique by person

    class Proof(models.TextChoices):
        LINK = "link"  # clicked a link that was sent there
        SIGN_IN = "sign_in"
        LETTER = "letter"  # by a link in a letter of ours they said that it was they who asked; opens no login
        TOKEN = "token"  # signed by the site that embeds our widget
        PLATFORM = "platform"  # the messenger vouches for its account
        AGENT = "agent"  # an agent's word

    class Failure(models.TextChoices):
        GONE = "gone"  # there is no such address
        FULL = "full"  # the mailbox takes nothing more for now
        COMPLAINT = "complaint"  # its owner called a letter of ours spam

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="identities")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=254)
    shown = models.CharField(max_length=254)
    verified_by = models.CharField(max_length=10, choices=Proof.choices, blank=True)
    verified_at = models.DateTimeField(null=True)
    preferred = models.BooleanField(default=False)
    failed_at = models.DateTimeField(null=True)  # it does not take what is sent: a bounce said so
    failed_as = models.CharField(max_length=9, choices=Failure.choices, blank=True, default="")
    blocked_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="people_identity_once"),
            models.CheckConstraint(
                condition=Q(verified_by="", verified_at=None) | ~Q(verified_by="") & Q(verified_at__isnull=False),
                name="people_verified_names_its_way",
            ),
        ]

    @property
    def is_gone(self) -> bool:
        """Whether nothing can be sent there: a full one may be emptied, and who complained may be answered."""
        return self.failed_at is not None and self.failed_as in ("", Identity.Failure.GONE)


class Former(models.Model):
    """What a person or an organisation was called, or had, before a change. Events hold no words and point here; undo
    reads it, erasing a person blanks it."""

    class What(models.TextChoices):
        NAME = "name"
        IDENTITY = "identity"
        CONTRACT = "contract"
        DOMAIN = "domain"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="former")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="former")
    what = models.CharField(max_length=8, choices=What.choices)
    data = models.JSONField(default=dict)  # a name, or the columns of the row that went


class BlockedDomain(models.Model):
    """A domain whose letters are held. The row stays when it is unblocked: events point to it."""

    domain = models.CharField(max_length=253, unique=True)
    blocked_at = models.DateTimeField(null=True)


# Proofs by the mailbox itself. An agent's word verifies an identity but never opens a login: else any agent could add
# an address of his own to an owner and have the owner's password sent there.
OPENS_LOGIN = (Identity.Proof.LINK, Identity.Proof.SIGN_IN)


class Contract(models.Model):
    """A contract number, of a person or of an organisation, to which tickets are bound."""

    number = models.CharField(max_length=60, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="contracts")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="contracts")
    since = models.DateField(null=True)
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, organisation__isnull=False) | Q(organisation=None, person__isnull=False),
                name="people_contract_has_one_holder",
            )
        ]


class CustomField(models.Model):
    """What a company wants to know of its customers or of their organisations besides."""

    class Kind(models.TextChoices):
        TEXT = "text"
        NUMBER = "number"
        DATE = "date"
        CHOICE = "choice"
        CHECKBOX = "checkbox"

    class Of(models.TextChoices):
        PERSON = "person"
        ORGANISATION = "organisation"

    key = models.SlugField(max_length=40, unique=True)  # the name in the API
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    of = models.CharField(max_length=12, choices=Of.choices)
    beside = models.BooleanField(default=False)  # it stands beside the requests of whom it tells something
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)


class CustomOption(models.Model):
    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="options")
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)


class CustomValue(models.Model):
    """What a field says of one person or organisation. A changed value is a new row; events point to the rows."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="custom_values")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="custom_values")
    field = models.ForeignKey(CustomField, on_delete=models.PROTECT, related_name="values")
    text = models.CharField(max_length=500, blank=True)
    number = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    date = models.DateField(null=True)
    option = models.ForeignKey(CustomOption, on_delete=models.PROTECT, null=True, related_name="values")
    checked = models.BooleanField(null=True)
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, organisation__isnull=False) | Q(organisation=None, person__isnull=False),
                name="people_value_has_one_holder",
            ),
            models.UniqueConstraint(
                fields=["person", "field"], condition=Q(current=True), name="people_one_value_a_person"
            ),
            models.UniqueConstraint(
                fields=["organisation", "field"], condition=Q(current=True), name="people_one_value_an_organisation"
            ),
        ]
        indexes = [
            models.Index(
                fields=["text"], condition=Q(current=True, organisation__isnull=False), name="people_value_text"
            )
        ]
