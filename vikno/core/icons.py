"""The icons of the desk: one SVG sprite, built at start-up from the `lucide` package and a few shapes of our own.

A page draws an icon by `<use href="<address of the sprite>#name">`, so each icon crosses the wire once per browser.
"""

from functools import lru_cache
from hashlib import blake2b
from importlib.resources import files
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from markupsafe import Markup, escape

SVG = "{http://www.w3.org/2000/svg}"

WORDS = """
    activity alarm-clock archive arrow-down arrow-left arrow-up at-sign ban bell bold book-open building-2
    calendar calendar-clock calendar-x check chevron-down chevron-left chevron-right circle-alert circle-check
    circle-question-mark circle-x clock code contact copy corner-up-left download ellipsis external-link eye eye-off
    file file-text flag forward git-merge globe hand hash headset heart history image inbox info italic keyboard
    languages link list list-filter list-ordered lock log-out mail mail-open mails menu message-circle message-square
    minus monitor moon palette panel-left panel-right paperclip pause pencil phone play plug plus printer quote
    redo-2 refresh-cw remove-formatting reply rotate-ccw rows-3 scroll-text search send server settings settings-2
    shapes shield-alert shield-check signature split sticky-note store strikethrough sun table-2 tag text-quote
    trash-2 triangle-alert underline undo-2 upload user-check user-plus user-round users wifi-off x zap
"""
NAMES = tuple(WORDS.split())

# The stage of a ticket has a shape as well as a word: an eye that tells no colours apart reads the list all the same.
OWN = {
    "vikno": '<rect x="3.5" y="3" width="17" height="18" rx="3"/><path d="M12 3v18M3.5 12H12M12 9h8.5"/>',
    "stage-new": '<circle cx="12" cy="12" r="8" stroke-dasharray="3.2 3.08"/>',
    "stage-open": '<circle cx="12" cy="12" r="8"/>',
    "stage-waiting": '<circle cx="12" cy="12" r="8"/>'
    '<path d="M12 7a5 5 0 0 1 0 10z" fill="currentColor" stroke="none"/>',
    "stage-snoozed": '<path d="M19 14.5A8 8 0 0 1 9.5 5 8 8 0 1 0 19 14.5z"/>',
    "stage-closed": '<path fill="currentColor" stroke="none" fill-rule="evenodd" '
    'd="M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zm4.3 5.6a.95.95 0 0 0-1.35 0l-4.2 4.2-1.7-1.7a.95.95 0 1 0-1.35 1.35'
    'l2.4 2.4a.95.95 0 0 0 1.35 0l4.85-4.9a.95.95 0 0 0 0-1.35z"/>',
}


def _drawings() -> dict[str, str]:
    """The inside of each icon by name. An unknown name is a KeyError at start-up, not a hole on a page."""
    found = dict(OWN)
    with ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes())) as archive:
        for name in NAMES:
            root = ElementTree.fromstring(archive.read(f"{name}.svg"))
            for node in root.iter():
                node.tag = node.tag.removeprefix(SVG)
            found[name] = "".join(ElementTree.tostring(child, encoding="unicode").strip() for child in root)
    return found


@lru_cache(maxsize=1)
def sprite() -> str:
    """The whole sprite as one SVG document; stroke and colour come from the page by inheritance."""
    symbols = (
        f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>' for name, inside in sorted(_drawings().items())
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


@lru_cache(maxsize=1)
def version() -> str:
    """A short mark of the sprite's content, for a long-lived address."""
    return blake2b(sprite().encode(), digest_size=5).hexdigest()


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """All names that the sprite holds."""
    return frozenset(NAMES) | frozenset(OWN)


@lru_cache(maxsize=512)
def use(name: str, address: str) -> Markup:
    """The markup of one icon. It is decoration: the words beside it, or the control's name, carry the meaning."""
    if name not in known():
        raise KeyError(f"no icon is called {name!r}; add it to NAMES in vikno/core/icons.py")
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(escape(address), name)
