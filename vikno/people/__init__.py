"""Who: persons, their identities, organisations, contracts."""
