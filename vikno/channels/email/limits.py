"""How much a letter may be."""

MOST_BYTES = 35 * 1024 * 1024  # unless the channel's setting `max_bytes` says otherwise
