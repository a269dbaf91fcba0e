"""The look keeps its promises: contrast is recomputed from the tokens, and the style sheets stay within their rules."""

import math
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from jinja2 import FileSystemLoader

import vikno
from vikno.core import icons
from vikno.core.pages import environment

DESK = Path(vikno.__file__).parent / "desk"
CSS = DESK / "static/desk/css"
JS = DESK / "static/desk/js"
PAGES = [*(DESK / "templates").rglob("*.html"), *(DESK.parent / "core/templates").rglob("*.html")]
HUES = (20, 60, 95, 150, 200, 250, 295, 345)
SURFACES = ("surface-0", "surface-1", "surface-2", "surface-hover", "surface-selected")

Rgb = tuple[float, float, float]


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


@cache
def tokens() -> dict[str, str]:
    """The first value of each token, which is the ordinary one; conditions come later in the file."""
    found: dict[str, str] = {}
    for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", without_comments((CSS / "tokens.css").read_text())):
        found.setdefault(name, " ".join(value.split()))
    return found


def linear(lightness: float, chroma: float, hue: float) -> Rgb:
    """OKLCH to linear sRGB, by the matrices of CSS Color 4 (section 9.3)."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3  # noqa: E741
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    )


def colours(name: str, **given: float) -> tuple[Rgb, Rgb]:
    """A token in the light and in the dark theme."""
    value = tokens()[name]
    for other, number in ({"accent_hue": 250, "tag_chroma": 0.075} | given).items():
        value = value.replace(f"var(--{other.replace('_', '-')})", str(number))
    light, dark = re.findall(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", value)
    return linear(float(light[0]) / 100, *map(float, light[1:])), linear(float(dark[0]) / 100, *map(float, dark[1:]))


def ratio(one: Rgb, other: Rgb) -> float:
    """Contrast by WCAG 2: (lighter + 0.05) / (darker + 0.05) of relative luminances."""
    weights = (0.2126, 0.7152, 0.0722)
    bright = [sum(w * min(max(c, 0), 1) for w, c in zip(weights, colour, strict=True)) for colour in (one, other)]
    return (max(bright) + 0.05) / (min(bright) + 0.05)


def worst(ink: str, *grounds: str) -> float:
    return min(ratio(i, g) for ground in grounds for i, g in zip(colours(ink), colours(ground), strict=True))


@pytest.mark.parametrize(
    ("ink", "grounds", "least"),
    [
        ("text", SURFACES, 11),
        ("text-muted", SURFACES, 6),
        ("text-faint", SURFACES[:4], 4.5),
        ("line-strong", SURFACES[:3], 3),
        ("accent", SURFACES[:3], 3),
        ("accent-ink", ("accent", "accent-strong"), 4.5),
        ("accent-text", SURFACES, 4.5),
        ("note-text", ("note-surface",), 7),
        ("note-surface", ("note-text", "text"), 7),
        ("text", ("note-surface",), 11),
        ("text-muted", ("note-surface",), 6),
        ("danger-text", ("danger-tint", "surface-0", "surface-1", "surface-2"), 5.5),
        ("accent-ink", ("danger-fill", "danger-text"), 4.5),
        ("warn-text", ("warn-tint", "surface-0", "surface-1", "surface-2"), 5.5),
        ("ok-text", ("ok-tint", "surface-0", "surface-1", "surface-2"), 5.5),
        ("info-text", ("info-tint", "surface-0", "surface-1", "surface-2"), 5.5),
    ],
)
def test_text_stands_out_from_what_lies_under_it(ink: str, grounds: tuple[str, ...], least: float) -> None:
    assert worst(ink, *grounds) >= least


@pytest.mark.parametrize("hue", HUES)
def test_a_tag_of_any_hue_can_be_read(hue: int) -> None:
    given = {"hue": hue, "tag_chroma": 0.06 if hue == 200 else 0.075}
    pairs = zip(colours("tag-ink", **given), colours("tag-tint", **given), strict=True)
    assert min(ratio(ink, tint) for ink, tint in pairs) >= 6.9


@pytest.mark.parametrize("hue", range(0, 360, 15))
def test_a_brand_may_choose_any_accent_hue(hue: int) -> None:
    accent, ink, text = (colours(name, accent_hue=hue) for name in ("accent", "accent-ink", "accent-text"))
    assert min(ratio(a, b) for a, b in zip(accent, ink, strict=True)) >= 4.5
    ground = colours("surface-1")
    assert min(ratio(a, b) for a, b in zip(text, ground, strict=True)) >= 4.5


def sheets() -> dict[str, str]:
    return {path.name: without_comments(path.read_text()) for path in CSS.glob("*.css")}


def test_only_the_tokens_name_colours() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\b(?:oklch|oklab|rgba?|hsla?|lab|lch)\(")
    found = {name: colour.findall(text) for name, text in sheets().items() if name != "tokens.css"}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_every_token_is_used_at_least_twice_and_every_use_has_its_token() -> None:
    uses = re.findall(r"var\(--([\w-]+)", "".join(sheets().values()))
    local = set(re.findall(r"--([\w-]+):", "".join(text for name, text in sheets().items() if name != "tokens.css")))
    lonely = {name for name in tokens() if uses.count(name) < 2}
    assert lonely <= {"tag-chroma"}  # one exception: the hue at which screens end earlier
    assert set(uses) - local - set(tokens()) - {"button-ink"} == set()


def test_files_stay_small() -> None:
    long = {path.name: n for path in CSS.glob("*.css") if (n := path.read_text().count("\n")) > 300}
    long |= {path.name: n for path in JS.glob("*.js") if (n := path.read_text().count("\n")) > 150}
    assert long == {}


def test_layers_are_declared_once_and_importance_is_kept_to_utilities() -> None:
    texts = sheets()
    assert [name for name, text in texts.items() if re.search(r"@layer [\w, ]+;", text)] == ["tokens.css"]
    assert all("!important" not in text for name, text in texts.items() if name not in {"utilities.css", "print.css"})
    assert all(not re.search(r"(?<![\w&(-])#[a-z][\w-]*\s*[{,:>.]", text) for text in texts.values())
    assert len(re.findall(r"^  \.[\w-]+", texts["utilities.css"], flags=re.M)) <= 30


def test_directions_are_logical_so_that_right_to_left_works() -> None:
    physical = re.compile(
        r"(?:margin|padding|border)-(?:left|right)\s*:|text-align:\s*(?:left|right)|[;{]\s*(?:left|right)\s*:"
    )
    assert {name: physical.findall(text) for name, text in sheets().items() if physical.search(text)} == {}


def test_every_sheet_is_linked_by_the_page_in_the_order_of_its_layers() -> None:
    page = (DESK.parent / "core/templates/base.html").read_text()
    listed = re.search(r"set sheets = \[([^\]]*)\]", page)
    assert listed is not None
    names = re.findall(r'"(\w+)"', listed[1])
    assert names[0] == "tokens"  # it declares the order of the layers
    assert {f"{name}.css" for name in names} == set(sheets()) - {"letter.css"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_holds_nothing_that_its_policy_refuses(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=|hx-on|js:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "|safe" not in text
    assert "user-scalable" not in text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_compiles_in_the_environment_of_the_project(path: Path) -> None:
    engine = environment(loader=FileSystemLoader([DESK / "templates", DESK.parent / "core/templates"]))
    engine.compile(path.read_text())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_says_what_it_expects(path: Path) -> None:
    assert path.read_text().lstrip().startswith("{#"), "the comment at the top is the contract with the view"


def test_every_icon_that_a_page_names_is_in_the_sprite() -> None:
    named = {name for path in PAGES for name in re.findall(r'icon\("([\w-]+)"\)', path.read_text())}
    assert named - icons.known() == set()
    assert icons.sprite().count("<symbol ") == len(icons.known())


def test_an_unknown_icon_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(KeyError, match="no icon is called 'unicorn'"):
        icons.use("unicorn", "/icons.svg")


def test_scripts_ask_for_nothing_outside() -> None:
    for path in JS.glob("*.js"):
        text = path.read_text()
        assert not re.search(r"https?://(?!\$)[a-z]|\beval\(|new Function|innerHTML\s*=", text), path.name
        for target in re.findall(r'from "(\.[^"]+)"', text):
            assert (JS / target).exists(), f"{path.name} imports {target}"


def test_no_script_sheet_or_template_holds_both_sides_of_a_conflict() -> None:
    """A merge that went wrong would leave every page without its scripts."""
    for path in (*JS.glob("*.js"), *JS.parent.glob("css/*.css"), *DESK.glob("templates/**/*.html")):
        assert not re.search(r"^(<{7} |={7}$|>{7} )", path.read_text(), re.MULTILINE), path.name


def test_every_act_of_a_page_has_its_entry_among_the_keys() -> None:
    registry = (DESK / "templates/desk/shortcuts.html").read_text()
    entries = re.findall(r'\("([\w-]+)", "([^"]+)", _\(', registry)
    acts = {act for path in PAGES for act in re.findall(r'data-act="([\w-]+)"', path.read_text())}
    assert acts - {act for act, _ in entries} == set()
    keys = [key for _, alternatives in entries for key in alternatives.split()]
    assert all(one != other for one, other in pairwise(sorted(keys))), "a key may mean one thing only"
