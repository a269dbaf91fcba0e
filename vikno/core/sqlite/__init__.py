"""Django's SQLite backend with fair waiting: whoever wants to write takes a turn, in this process and between processes."""
