"""The keys of reply addresses. A new version is added here; old ones stay, for letters that still come back to them."""

from __future__ import annotations

from vikno.core.secrets import derived_key

NEWEST = 1


def reply_keys() -> dict[int, bytes]:
    """Version → key."""
    return {1: derived_key("reply-address")}
