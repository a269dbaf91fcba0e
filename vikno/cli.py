"""The command line. Commands are modules in vikno/commands, found by name and imported only when used.

Exit codes are those of <sysexits.h>: 0 done, 64 wrong usage, 69 something needed is not there, 70 a fault of ours,
75 try again later, 78 a setting is wrong.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import vikno
from vikno.core.loading import loading
from vikno.terminal import N_
from vikno.terminal import gettext as _

COMMANDS = Path(__file__).parent / "commands"


class Parser(argparse.ArgumentParser):
    """argparse, which ends with 64 where sysexits has it so, and knows no shortened options: a command that is kept in
    a script must mean the same when there are more of them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(os.EX_USAGE, f"{self.prog}: {message}\n")


def names() -> list[str]:
    """All commands. `open_link.py` is called `open-link`."""
    return sorted(path.stem.replace("_", "-") for path in COMMANDS.glob("*.py") if not path.stem.startswith("_"))


def summary(name: str) -> str:
    """What a command is for: its module's `SUMMARY`, read without importing it, in the language of the terminal."""
    tree = ast.parse((COMMANDS / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8"))
    for part in tree.body:
        match part:
            case ast.Assign(targets=[ast.Name("SUMMARY")], value=ast.Call(args=[ast.Constant(str() as told)])):
                return _(told)
    return ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    known = names()
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help(known))
        return os.EX_OK if words else os.EX_USAGE
    if words[0] == "--version":
        print(vikno.__version__)
        return os.EX_OK
    name = words.pop(0)
    if name not in known:
        unknown = _("vikno: there is no command “%(name)s”.") % {"name": name}
        print(f"{unknown}\n\n{_help(known)}", file=sys.stderr)
        return os.EX_USAGE
    return _run(name, words)


def _help(known: list[str]) -> str:
    lines = [f"  {name:<12}{summary(name)}" for name in known]
    usage, more = _("usage: vikno COMMAND [OPTIONS]"), _("`vikno COMMAND --help` tells more about a command.")
    return "\n".join([usage, "", *lines, "", more])


def _run(name: str, words: list[str]) -> int:
    parser = Parser(prog=f"vikno {name}", description=summary(name))
    parser.add_argument("--data", metavar="DIR", help=_("the folder with the database and all files (VIKNO_DATA)"))
    module = importlib.import_module(f"vikno.commands.{name.replace('-', '_')}")
    module.add_arguments(parser)
    args = parser.parse_args(words)
    if args.data:
        os.environ["VIKNO_DATA"] = args.data
    try:
        if getattr(module, "SETUP", True):
            set_up(name)
        return int(module.run(args))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
        return os.EX_OK
    except Exception as error:
        return explain(error)


def say(words: str, error: bool = False) -> None:
    """Print for the person at the terminal, at once."""
    print(words, file=sys.stderr if error else sys.stdout, flush=True)


def ready() -> str:
    """What is said once pages are answered."""
    from django.conf import settings

    words = _("Vikno is ready: %(address)s") % {"address": f"{settings.BASE_URL}/"}
    end = _("Ctrl+C stops it.")
    return f"{words}\n{end}" if sys.stdout.isatty() else words


def set_up(process: str) -> None:
    """Read the settings, start logging and load Django with all rooms. Raises WrongSetting."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vikno.settings")
    with loading():
        import django
        from django.conf import settings

        from vikno.core import logs

        logs.set_up(settings.ENVIRONMENT.log, process, settings.ENVIRONMENT.log_style)
        django.setup()


def explain(error: BaseException) -> int:
    """Say on standard error what went wrong, and answer the exit code that fits."""
    from vikno.environment import WrongSetting

    if isinstance(error, WrongSetting):
        words = _("A setting is wrong, so Vikno did not start.")
        print(f"{words}\n{error}", file=sys.stderr)
        return os.EX_CONFIG
    from django.db import DatabaseError, InterfaceError

    if isinstance(error, (DatabaseError, InterfaceError)):
        from vikno.core.logs import without_secrets

        why = without_secrets(str(error)).strip()
        print(_("The database cannot be used: %(why)s") % {"why": why}, file=sys.stderr)
        if "no such table" in why or "does not exist" in why:
            print(_("If this is a new or older database, `vikno migrate` brings it up to date."), file=sys.stderr)
        return os.EX_UNAVAILABLE
    import structlog

    words = N_("the command failed by a fault of Vikno: please report it with these lines")
    structlog.get_logger("vikno.cli").error(words, exc_info=error)
    return os.EX_SOFTWARE
