"""Ground floor: ids, clock, text, files, secrets, jobs, the company. Knows no other room."""
