"""Understanding a letter: pure functions from raw bytes to values. No database, no network, nothing is written."""

from .html import CleanHtml, clean_html
from .model import Address, Attachment, Hop, Letter
from .parse import parse
from .text import html_to_text

__all__ = ["Address", "Attachment", "CleanHtml", "Hop", "Letter", "clean_html", "html_to_text", "parse"]
