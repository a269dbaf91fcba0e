"""The doctor's own checks: the machine, the work that goes on by itself, the data."""
