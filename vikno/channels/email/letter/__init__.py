"""Understanding a letter: pure functions from raw bytes to values. No database, no network, nothing is written."""

from .auth import Authentication, authentication, client_ip
from .automatic import LOOP_HEADER, Classified, Kind, classify
from .bounce import Bounce, BounceRecipient, read_bounce
from .html import CleanHtml, clean_html
from .model import Address, Attachment, Hop, Letter
from .parse import parse
from .quotes import Folded, fold_quotes
from .quotes_html import fold_quotes_html
from .text import html_to_text

__all__ = [
    "LOOP_HEADER",
    "Address",
    "Attachment",
    "Authentication",
    "Bounce",
    "BounceRecipient",
    "Classified",
    "CleanHtml",
    "Folded",
    "Hop",
    "Kind",
    "Letter",
    "authentication",
    "classify",
    "clean_html",
    "client_ip",
    "fold_quotes",
    "fold_quotes_html",
    "html_to_text",
    "parse",
    "read_bounce",
]
