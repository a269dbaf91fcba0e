"""Django's SQLite backend with fair waiting: whoever wants to write takes a turn, also between processes."""
