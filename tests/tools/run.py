"""The one list of checks and tests, and the report on them. Called by bin/test; needs only the standard library.

The last line is `N passed, N failed`, with `, N skipped` if any, over all runs of pytest. The exit code is 0 only if
every step went through and at least one test ran.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PYTHON = str(Path(sys.executable))
BIN = Path(sys.executable).parent
CHECKED = [name for name in ("vikno", "tests", "bench") if any((ROOT / name).rglob("*.py"))]
PATIENCE = 30 * 60  # seconds for one step; only something that hangs takes so long
WITHOUT_BROWSER = "Chromium is missing: apt-get install chromium"


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Counts) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


@dataclass
class Step:
    """One command. A run of pytest is counted; another check says nothing unless it fails."""

    name: str
    command: list[str]
    is_pytest: bool = False
    needs: str = ""  # what is missing for it, in words; then it is not run
    result: str = ""
    seconds: float = 0.0
    counts: Counts = field(default_factory=Counts)

    @property
    def failed(self) -> bool:
        return self.result == "FAILED"


def check(name: str, *command: str) -> Step:
    return Step(name, list(command))


def run_of_tests(name: str, *arguments: str, workers: int = 2, needs: str = "") -> Step:
    command = [PYTHON, "-m", "pytest", "-q", "-n", str(workers), *arguments]
    return Step(name, command, is_pytest=True, needs=needs)


def steps(everything: bool) -> list[Step]:
    long = ["--long"] if everything else []
    ordinary = ["-m", "not browser", "--ignore=tests/architecture", *long, *([] if everything else ["--divided"])]
    no_browser = "" if shutil.which("chromium") or shutil.which("google-chrome") else WITHOUT_BROWSER
    listed = [
        check("style", str(BIN / "ruff"), "check", "--quiet", *CHECKED),
        check("format", str(BIN / "ruff"), "format", "--check", "--quiet", *CHECKED),
        check("types", str(BIN / "mypy"), *CHECKED),
        check("rooms", str(BIN / "lint-imports"), "--no-logo"),
        check("migrations", PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run", "--skip-checks"),
        run_of_tests("the code itself", "tests/architecture", *long, workers=0),
        run_of_tests("on SQLite", "tests", *ordinary),
        run_of_tests("on PostgreSQL", "tests", *ordinary, "--database=postgresql"),
        run_of_tests("in a browser", "tests", "-m", "browser", *long, needs=no_browser),
    ]
    if everything:
        listed.append(
            run_of_tests(
                "in a browser, on PostgreSQL",
                "tests",
                "-m",
                "browser",
                *long,
                "--database=postgresql",
                needs=no_browser,
            )
        )
    return listed


def environment(scratch: str) -> dict[str, str]:
    """Without the settings of whoever runs this, and with a data folder that is thrown away."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIKNO_", "DJANGO_", "PYTEST_"))}
    return kept | {
        "PYTHONUTF8": "1",
        "VIKNO_DATA": scratch,
        "VIKNO_SECRET_KEY": "only-for-checks-" * 3,
    }


def run(step: Step, scratch: str) -> None:
    began = time.monotonic()
    report = Path(scratch) / "report.xml"
    report.unlink(missing_ok=True)
    surroundings = environment(scratch)
    command = list(step.command)
    if step.is_pytest:
        command += [f"--junitxml={report}", "-o", "junit_logging=no"]
    else:
        surroundings["DJANGO_SETTINGS_MODULE"] = "vikno.settings"
    output = None if step.is_pytest else subprocess.PIPE
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
        code, words = done.returncode, done.stdout or ""
    except subprocess.TimeoutExpired:
        code, words = 124, f"not finished after {PATIENCE} s"
    except OSError as error:
        code, words = 127, str(error)
    step.seconds = time.monotonic() - began
    if step.is_pytest:
        step.counts = read(report)
        # 5: no test was collected. No browser test yet is not a failure of the step; no test at all is one of the run.
        code = 0 if code == 5 else code
        if code and not step.counts.failed:
            step.counts.failed = 1  # it broke before it could count
    step.result = "FAILED" if code else "passed"
    if code and words:
        print(words.rstrip())


def read(report: Path) -> Counts:
    """What a run of pytest counted. A test that fails and also breaks at its end is one failure."""
    counts = Counts()
    if not report.exists():
        return counts
    for case in ET.parse(report).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            counts.failed += 1
        elif "skipped" in kinds:
            counts.skipped += 1
        else:
            counts.passed += 1
    return counts


def main(arguments: list[str]) -> int:
    everything = arguments == ["--all"]
    listed = steps(everything) if everything or not arguments else [run_of_tests("chosen", *arguments, workers=0)]
    with tempfile.TemporaryDirectory(prefix="vikno-checks-", ignore_cleanup_errors=True) as scratch:
        for step in listed:
            print(f"\n--- {step.name}", flush=True)
            if step.needs:
                step.result = "FAILED" if os.environ.get("CI") == "true" else "not run"
                print(step.needs)
                continue
            run(step, scratch)
            print(f"--- {step.name}: {step.result} in {step.seconds:.1f} s", flush=True)
    total = Counts()
    print()
    for step in listed:
        total.add(step.counts)
        told = str(step.counts) if step.is_pytest and not step.needs else step.needs
        print(f"{step.result:>8}  {step.seconds:6.1f} s  {step.name:<28} {told}".rstrip())
    print(f"{sum(step.seconds for step in listed):18.1f} s  in all")
    failed = [step.name for step in listed if step.failed]
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    ran = total.passed + total.failed
    if not ran:
        print("No test ran.")
    print(total, flush=True)
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
