"""Sets of words, written in one row."""


def words(row: str) -> frozenset[str]:
    """The words of `row`."""
    return frozenset(row.split())
