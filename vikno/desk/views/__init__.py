"""Views of the desk: each parses, calls one verb or query, and answers."""
