"""Signing in: the login, one to one with a person; and what happened around it."""

from __future__ import annotations

from datetime import UTC
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from vikno.core import clock, rows
from vikno.core.models import LANGUAGES


class UserManager(BaseUserManager["User"]):
    def get(self, *args: Any, **by: Any) -> User:
        """As every manager's; of a login by its key alone, which every page asks, by a statement that is made once."""
        if args or by.keys() != {"pk"} or type(self) is not UserManager:  # a subclass is that of somebody's logins
            return super().get(*args, **by)
        if not (found := rows.find(self.model, "id = %s", by["pk"])):
            raise self.model.DoesNotExist
        return found[0]

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A login; without a password it is reached by links, passkeys or single sign-on alone."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A login. Who the human is stands in people.Person; what they may do, in staff.Agent."""

    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, choices=LANGUAGES, blank=True)  # "": the browser's
    theme = models.CharField(max_length=6, default="system", choices=[(v, v) for v in ("system", "light", "dark")])
    density = models.CharField(max_length=7, default="cosy", choices=[(v, v) for v in ("cosy", "compact")])
    single_keys = models.BooleanField(default=True)  # WCAG 2.1.4: single-letter shortcuts can be switched off
    created_at = models.DateTimeField(default=clock.now)
    sessions_valid_after = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    is_staff = False  # asked by allauth; there is no Django admin here
    is_superuser = False

    objects = UserManager()

    def get_session_auth_hash(self) -> str:
        """What each session of this login must carry. It changes with the password and with `sessions_valid_after`, so
        one write ends all sessions in all processes, whatever these have cached."""
        return _session_hash(self, None)

    def get_session_auth_fallback_hash(self) -> Any:
        """The same under older secret keys."""
        for key in settings.SECRET_KEY_FALLBACKS:
            yield _session_hash(self, key)


def _session_hash(user: User, secret: str | bytes | None) -> str:
    moment = user.sessions_valid_after.astimezone(UTC).isoformat()
    return salted_hmac("vikno.accounts.session", user.password + moment, secret=secret, algorithm="sha256").hexdigest()


class SignInRules(models.Model):
    """How long sessions last and of whom a second factor is demanded: one row with id 1, once somebody has decided."""

    class FactorFor(models.TextChoices):
        NOBODY = "nobody"
        LEADS = "leads"  # owners and leads
        ALL = "all"

    idle_minutes = models.PositiveIntegerField(default=30 * 24 * 60)  # a session that nobody uses ends after these
    most_minutes = models.PositiveIntegerField(default=30 * 24 * 60)  # each ends so long after signing in
    factor_for = models.CharField(max_length=6, choices=FactorFor.choices, default=FactorFor.NOBODY)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="accounts_one_set_of_rules")]


class SecurityEvent(models.Model):
    """What happened around signing in and rights: never deleted by its subject, shown to owners."""

    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=40)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="security_events")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    ip = models.GenericIPAddressField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="accounts_security_at")]


class SignInLink(models.Model):
    """A one-time way in: the first run, the demo, an invitation, asked for on the command line. Only the digest of its
    secret is kept."""

    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=12, choices=[(v, v) for v in ("setup", "demo", "invitation", "command")])
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class ApiToken(models.Model):
    """A token for the API: its digest, its owner, what it may do."""

    class Scope(models.TextChoices):
        READ = "read"
        WRITE = "write"
        INBOUND = "inbound"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.WRITE)
    teams = models.JSONField(default=list)  # ids; empty: all that its owner may see
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
