"""Sessions as rows, as Django keeps them; when one ends is decided by the owners' rules. Named in the settings."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import connection
from django.utils import timezone

from vikno.accounts import rules
from vikno.core import clock, rows


class SessionStore(db.SessionStore):
    """The cookie lasts as long as a session can last at most; its row says when it ends."""

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        """The row, if it has not ended: as Django reads it, by a statement that is made once. Every page asks this."""
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        found = rows.find(self.model, "session_key = %s AND expire_date > %s", self.session_key, now)
        if not found:
            self._session_key = None
        return found[0] if found else None

    def get_session_cookie_age(self) -> int:
        """Seconds for which a browser keeps the cookie of a session that outlives the browser."""
        return rules.seconds_left(self.get(rules.BEGUN), rules.rules())

    def get_expiry_age(self, **kwargs: Any) -> int:
        """The same, whatever whoever signs somebody in would have liked: "stay signed in here" means as long as the
        rules allow. That a session ends with the browser is asked of get_expire_at_browser_close."""
        return self.get_session_cookie_age()

    def cycle_key(self) -> None:
        """A session that goes on under another key is the same sign-in: what belongs to it stays with it."""
        before = self.session_key
        super().cycle_key()
        if before:
            UserSession.objects.filter(session_key=before).update(session_key=self.session_key)

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """The row to save. Who saves it uses it: that puts its end off."""
        row = super().create_model_instance(data)
        begun = data.get(rules.BEGUN)
        if begun is not None:
            row.expire_date = rules.until(begun, clock.now(), rules.rules())
        return row
