"""Ground floor: the journal of everything that happened, and those who follow it."""
