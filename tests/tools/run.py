"""The one list of checks and tests, and the report on them. Called by bin/test; needs only the standard library.

The tests on a database have two processes; the checks and the tests in a browser, which mostly wait, have one and go
on beside them, so that two cores are busy. What a step says is printed at its end: the two do not mix.

The last line is `N passed, N failed`, with `, N skipped` if any, over all runs of pytest. The exit code is 0 only if
every step went through and at least one test ran.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PYTHON = str(Path(sys.executable))
BIN = Path(sys.executable).parent
CHECKED = [name for name in ("vikno", "tests", "bench") if any((ROOT / name).rglob("*.py"))]
PATIENCE = 30 * 60  # seconds for one step; only something that hangs takes so long
IN_MEMORY = Path("/dev/shm")  # where Linux has one
ROOM = 4 * 2**30  # bytes for what the tests put aside: far above what they need at the same time
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
    beside: bool = False  # goes on beside those on a database
    result: str = ""
    seconds: float = 0.0
    counts: Counts = field(default_factory=Counts)

    @property
    def failed(self) -> bool:
        return self.result not in ("passed", "not run")


def check(name: str, *command: str) -> Step:
    return Step(name, list(command), beside=True)


def run_of_tests(name: str, *arguments: str, workers: int = 0) -> Step:
    return Step(name, [PYTHON, "-m", "pytest", "-q", "-n", str(workers), *arguments], is_pytest=True)


def in_a_browser(name: str, *arguments: str) -> Step:
    """Of the tests in a browser only their files are read."""
    step = run_of_tests(name, *sorted(map(str, files_with("mark.browser"))), "-m", "browser", *arguments)
    step.needs = "" if shutil.which("chromium") or shutil.which("google-chrome") else WITHOUT_BROWSER
    step.beside = True
    return step


def files_with(words: str) -> list[Path]:
    files = (path for path in (ROOT / "tests").rglob("test_*.py") if words in path.read_text(encoding="utf-8"))
    return [path.relative_to(ROOT) for path in files]


def steps(everything: bool) -> list[Step]:
    long = ["--long"] if everything else []
    ordinary = ["-m", "not browser", "--ignore=tests/architecture", *long, *([] if everything else ["--divided"])]
    code = run_of_tests("the code itself", "tests/architecture", *long)
    code.beside = True
    listed = [
        check("style", str(BIN / "ruff"), "check", "--quiet", *CHECKED),
        check("format", str(BIN / "ruff"), "format", "--check", "--quiet", *CHECKED),
        check("types", str(BIN / "mypy"), *CHECKED),
        check("rooms", str(BIN / "lint-imports"), "--no-logo"),
        check("migrations", PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run", "--skip-checks"),
        code,
        run_of_tests("on SQLite", "tests", *ordinary, workers=2),
        run_of_tests("on PostgreSQL", "tests", *ordinary, "--database=postgresql", workers=2),
        in_a_browser("in a browser", *long),
    ]
    if everything:
        listed.append(in_a_browser("in a browser, on PostgreSQL", *long, "--database=postgresql"))
    return listed


def folder_for_scratch() -> str | None:
    """Where what is thrown away is put: into memory where there is plenty, for a disk does much for files that live for
    seconds. None: where the system puts such things."""
    try:
        place, memory = os.statvfs(IN_MEMORY), Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    there = place.f_bavail * place.f_frsize
    available = next((int(line.split()[1]) * 1024 for line in memory.splitlines() if "MemAvailable:" in line), 0)
    fits = there >= ROOM and available >= 2 * ROOM  # the processes want some too
    return str(IN_MEMORY) if fits and os.access(IN_MEMORY, os.W_OK) else None


def environment(scratch: str) -> dict[str, str]:
    """Without the settings of whoever runs this, and with a folder for data and all else that is thrown away. Compiled
    files are kept, or each process would make those of all tests anew."""
    not_ours = ("VIKNO_", "DJANGO_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(not_ours)}
    return kept | {
        "PYTHONUTF8": "1",
        "TMPDIR": scratch,
        "VIKNO_DATA": scratch,
        "VIKNO_SECRET_KEY": "only-for-checks-" * 3,
    }


def run(step: Step, scratch: str, *, alone: bool) -> str:
    """Runs it to its end; answers what it said. `alone`: no other goes on, and what tests say is seen at once."""
    began = time.monotonic()
    report, log = Path(scratch) / f"{step.name}.xml", Path(scratch) / f"{step.name}.log"
    surroundings = environment(scratch)
    command = list(step.command)
    if step.is_pytest:
        command += [f"--junitxml={report}", "-o", "junit_logging=no"]
    else:
        surroundings["DJANGO_SETTINGS_MODULE"] = "vikno.settings"
    trouble = ""
    with log.open("wb") as output:  # not a pipe: whoever is left behind would keep it open
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=surroundings,
                stdin=subprocess.DEVNULL,
                stdout=None if alone and step.is_pytest else output,
                stderr=None if alone and step.is_pytest else output,
                timeout=PATIENCE,
                check=False,
            )
            code = done.returncode
        except subprocess.TimeoutExpired:
            code, trouble = 124, f"not finished after {PATIENCE} s"
        except OSError as error:
            code, trouble = 127, str(error)
    step.seconds = time.monotonic() - began
    if step.is_pytest:
        step.counts = read(report)
        # 5: no test was collected. No browser test yet is not a failure of the step; no test at all is one of the run.
        code = 0 if code == 5 else code
        if code and not step.counts.failed:
            step.counts.failed = 1  # it broke before it could count
    step.result = "FAILED" if code else "passed"
    said = log.read_text(errors="replace") if code or step.is_pytest else ""
    return "\n".join(part for part in (said.rstrip(), trouble) if part)


def run_in_turn(listed: list[Step], scratch: str, printing: threading.Lock, *, alone: bool) -> None:
    """Runs one after another, and says of each when it begins and how it ended."""
    for step in listed:
        with printing:
            print(f"\n--- {step.name}{'' if alone else ' begins'}", flush=True)
        if step.needs:
            step.result, said = "FAILED" if os.environ.get("CI") == "true" else "not run", step.needs
        else:
            said = run(step, scratch, alone=alone)
        with printing:
            if said:
                print(f"{'' if alone else chr(10)}{said}")
            print(f"--- {step.name}: {step.result} in {step.seconds:.1f} s", flush=True)


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
    listed = steps(everything) if everything or not arguments else [run_of_tests("chosen", *arguments)]
    began, printing = time.monotonic(), threading.Lock()
    lanes = [lane for lane in ([one for one in listed if one.beside is beside] for beside in (False, True)) if lane]
    scratch_folder = tempfile.TemporaryDirectory(
        prefix="vikno-checks-", dir=folder_for_scratch(), ignore_cleanup_errors=True
    )
    with scratch_folder as scratch:
        Path(scratch).chmod(0o711)  # servers that root starts give up its rights, and pass through to folders of theirs

        def go(lane: list[Step]) -> None:
            try:
                run_in_turn(lane, scratch, printing, alone=len(lanes) == 1)
            except Exception:  # what it did not come to has failed
                traceback.print_exc()

        threads = [threading.Thread(target=go, args=(lane,), daemon=True) for lane in lanes]  # Ctrl+C ends all of it
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    total = Counts()
    print()
    for step in listed:
        total.add(step.counts)
        told = str(step.counts) if step.is_pytest and not step.needs else step.needs
        print(f"{step.result or 'FAILED':>8}  {step.seconds:6.1f} s  {step.name:<28} {told}".rstrip())
    print(f"{time.monotonic() - began:18.1f} s  in all")
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
