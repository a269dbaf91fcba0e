"""The HTTP API under /api/v1: the same verbs and the same access as the desk, for programs."""
