"""Keeping data safe: backup and restore, the doctor, retention, erasing a person."""
