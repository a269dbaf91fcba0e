"""What a person at the terminal is told, in the language of the terminal, without Django: it may not be there yet.

The language is the first that we know of what LANGUAGE, LC_ALL, LC_MESSAGES or LANG name (the first of these that is
set counts, as for every program that uses gettext); else English. The words are those of the one catalogue.
"""

from __future__ import annotations

import gettext as catalogues
import os
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "django"
LANGUAGES = ("uk", "ru", "en")

# argparse asks for its own words ("usage", "unrecognized arguments") in the domain of the program.
catalogues.bindtextdomain(DOMAIN, str(LOCALE))
catalogues.textdomain(DOMAIN)


def language() -> str:
    """The language of the terminal: "uk", "ru" or "en"."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if named := os.environ.get(name):
            return next((one[:2] for one in named.split(":") if one[:2] in LANGUAGES), "en")
    return "en"


def _words() -> catalogues.NullTranslations:
    return catalogues.translation(DOMAIN, LOCALE, [language()], fallback=True)  # read once for each language


def gettext(words: str) -> str:
    """These words in the language of the terminal."""
    return _words().gettext(words) if words else ""


def ngettext(one: str, many: str, number: int) -> str:
    """The form of these words that goes with the number."""
    return _words().ngettext(one, many, number)


def N_(words: str) -> str:
    """Marks words that are translated later, where they are printed."""
    return words


# What argparse says, for the catalogue: these stand in its own code.
ARGPARSE = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("invalid %(type)s value: %(value)r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("expected one argument"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("ignored explicit argument %r"),
)
