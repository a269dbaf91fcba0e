"""Ways in and out: one folder for each kind of channel."""
