"""Verbs on what is said by itself, and on what is written before it has a dialog."""
