"""What the documents say is so: settings, libraries, files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, name, tracked
from vikno.environment import Environment

DOCUMENTS = [path for path in tracked() if path.suffix == ".md"]
SETTINGS = {f"VIKNO_{field.upper()}" for field in Environment.model_fields}
# In parts, so that this file is not one of those it looks for.
ELSEWHERE = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("deb", "debian", "org"),
            ("jsdelivr", "net"),
            ("unpkg", "com"),
        )
    )
)


def project() -> dict[str, list[str]]:
    described = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {"run": described["project"]["dependencies"], "dev": described["dependency-groups"]["dev"]}


def bare(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_every_setting_is_documented_and_no_other() -> None:
    told = set(re.findall(r"VIKNO_[A-Z_]+", (ROOT / "docs/settings.md").read_text()))
    assert told == SETTINGS


def test_no_document_names_a_setting_that_does_not_exist() -> None:
    wrong = {
        f"{name(path)}: {word}"
        for path in DOCUMENTS
        for word in re.findall(r"VIKNO_[A-Z_]*[A-Z]", path.read_text())
        if word not in SETTINGS
    }
    assert wrong == set()


def test_every_library_has_its_reason_in_the_architecture() -> None:
    text = (ROOT / "docs/architecture.md").read_text().lower()
    without = [bare(one) for one in project()["run"] if not re.search(rf"(?m)^[-*|].*\b{re.escape(bare(one))}\b", text)]
    assert without == []


@pytest.mark.parametrize(("kind", "lock"), [("run", "requirements.lock"), ("dev", "requirements-dev.lock")])
def test_every_library_is_locked_with_hashes(kind: str, lock: str) -> None:
    entries = re.findall(r"(?m)^([A-Za-z0-9_.-]+)==[^\n]*\\\n +--hash=sha256:[0-9a-f]{64}", (ROOT / lock).read_text())
    locked = {entry.lower().replace("_", "-") for entry in entries}
    assert [bare(one) for one in project()[kind] if bare(one) not in locked] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_documents_name_only_files_that_exist(path: Path) -> None:
    text = path.read_text()
    links = [
        link for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text) if "://" not in link and "mailto:" not in link
    ]
    broken = [link for link in links if not (path.parent / link).exists()]
    inside = re.findall(r"`((?:vikno|bin|tests|bench|docs)/[\w./-]*\w)`", text)
    broken += [word for word in inside if not (ROOT / word).exists()]
    assert broken == []


def test_nothing_names_where_packages_come_from_or_where_it_was_written() -> None:
    wrong = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if ELSEWHERE.search(text) or "/work/" + "main" in text or "/work/" + "shared" in text:
            wrong.append(name(path))
    assert wrong == []
