"""What every test stands on. The named people and tickets are in tests/world.py, real servers in tests/servers."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.databases import SECRET_KEY, Databases, Postgresql, Sqlite, has_tests_of, of_file

if TYPE_CHECKING:
    from django.test.utils import CaptureQueriesContext
    from playwright.sync_api import Browser, Page
    from pytest_django import DjangoDbBlocker

    from tests.installation import Installation
    from tests.servers.dovecot import Dovecot
    from tests.servers.smtp_sink import SmtpSink
    from tests.world import World
    from vikno.intake.models import Inbound

# Settings are read when Django is first imported, and test modules import it at their top: so the choice of the
# database is made here, on import, before pytest itself knows its options.
_KIND = "TESTS_DATABASE"
_at_the_end = ExitStack()


def _databases() -> Databases:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--database", default=os.environ.get(_KIND, "sqlite"))
    parser.add_argument("-n", "--numprocesses", default="0")
    options = parser.parse_known_args(sys.argv[1:])[0]
    if options.database == "sqlite":
        return Sqlite()
    if options.database != "postgresql":
        raise pytest.UsageError(f"--database={options.database}: there are sqlite and postgresql")
    os.environ[_KIND] = "postgresql"  # for the workers of xdist, which do not see the options
    if options.numprocesses != "0" and "PYTEST_XDIST_WORKER" not in os.environ:
        return Postgresql("postgresql://nowhere")  # this process runs no test
    return _at_the_end.enter_context(Postgresql.started())


def _set_up_django(databases: Databases) -> dict[str, str]:
    """Reads the settings with a data folder of this process's own. The tables are made when a test first wants them."""
    for name in [name for name in os.environ if name.startswith("VIKNO_")]:
        del os.environ[name]
    os.environ.pop("LANGUAGE", None)
    os.environ["LC_ALL"] = "C.UTF-8"  # commands speak the language of the terminal: here English, whoever runs this
    data = Path(tempfile.mkdtemp(prefix="vikno-tests-"))
    _at_the_end.callback(shutil.rmtree, data, ignore_errors=True)
    address = databases.address(data)
    ours = address | {"VIKNO_SECRET_KEY": SECRET_KEY, "VIKNO_SMTP_LISTEN": "127.0.0.1:0"}
    os.environ.update(ours, DJANGO_SETTINGS_MODULE="vikno.settings")
    import django
    import structlog
    from django.conf import settings

    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
    # By itself it draws each traceback with all variables: seconds, where a test breaks something on purpose.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    # Real processes get theirs from tests.installation, and workers of xdist make their own.
    for name in [*ours, "DJANGO_SETTINGS_MODULE"]:
        del os.environ[name]
    return address


_DATABASES = _databases()
try:
    _ADDRESS = _set_up_django(_DATABASES)
except BaseException:
    _at_the_end.close()
    raise


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", help="sqlite (default) or postgresql; also by TESTS_DATABASE")
    parser.addoption("--long", action="store_true", help="also run what takes long (bin/test --all does)")
    parser.addoption("--divided", action="store_true", help="of the two databases, run each file of tests on one alone")


def pytest_report_header() -> str:
    return f"database: {_DATABASES.kind}"


@pytest.hookimpl(trylast=True)  # pytest-django has an order of its own, in which the longest come last
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is marked long, unless asked for or named one by one, and what belongs to the other database."""
    takes_its_time, here = _takes_its_time(config), _DATABASES.kind
    left_out = [
        item
        for item in items
        if (item.get_closest_marker("long") and not takes_its_time) or here not in _kinds_of(item, config)
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    # What starts real processes comes first, else as it came: at the end no worker is to wait long for the other, and
    # what is made once for a module is made by one of them.
    items.sort(key=lambda item: not (_shares(item) or "installation" in getattr(item, "fixturenames", ())))


def pytest_collection_finish() -> None:
    """What has been loaded stays until the end: nobody looks through it again and again for what may go."""
    gc.collect()
    gc.freeze()


def _shares(item: pytest.Item) -> bool:
    """Whether this test stands on something that is made once for its module."""
    known = getattr(item, "_fixtureinfo", None)
    return known is not None and "module" in {one[-1].scope for one in known.name2fixturedefs.values()}


def _kinds_of(item: pytest.Item, config: pytest.Config) -> tuple[str, ...]:
    """The databases on which a run of this kind has the test. None is skipped for the database: what only one of them
    can show is run on that one, also where each file is run on one alone."""
    only, rather = item.get_closest_marker("only_on"), item.get_closest_marker("rather_on")
    if only or not config.getoption("--divided"):
        return only.args if only else (Sqlite.kind, Postgresql.kind)
    return rather.args if rather else (of_file(item.path.relative_to(config.rootpath)),)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Of a divided run, files without a test of this database are not even read."""
    if not config.getoption("--divided") or not collection_path.is_file():
        return None
    its_own = of_file(collection_path.relative_to(config.rootpath))
    return None if _DATABASES.kind == its_own else not has_tests_of(_DATABASES.kind, collection_path) or None


def _takes_its_time(config: pytest.Config) -> bool:
    return bool(config.getoption("--long")) or any("::" in argument for argument in config.args)


def pytest_unconfigure() -> None:
    from django.db import connections

    connections.close_all()
    _at_the_end.close()


@pytest.fixture(scope="session")
def databases() -> Databases:
    """Makes further databases of the kind that this run is on."""
    return _DATABASES


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Takes the place of pytest-django's: the database that the settings name is ours already."""
    from django.db import connections
    from django.test import TransactionTestCase

    from tests import emptying, world

    _DATABASES.make(_ADDRESS)
    with django_db_blocker.unblock():
        emptying.set_numbers_apart()
        world.keep_a_cast(emptying.remember())
    # Django has no other place for it: the end of each test that commits.
    TransactionTestCase._fixture_teardown = lambda self: emptying.empty()  # type: ignore[attr-defined]
    yield
    connections.close_all()
    _DATABASES.drop(_ADDRESS)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A page leaves its reader's language behind in the thread; each test begins in English."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def counted_anew() -> Iterator[None]:
    """How often somebody signed in is counted in this process: thirty times a minute, by whichever test."""
    from django.core.cache import cache

    yield
    cache.clear()


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search guesses, and walks on, for so many milliseconds, and badges are counted for as many: on a busy machine
    that is nothing. What is kept for seconds is kept as long as a test lasts, or more would be asked on such a one."""
    from vikno.channels.email import own
    from vikno.core import look
    from vikno.desk import badges
    from vikno.search import find, walking
    from vikno.tickets import directory

    for module, name in ((find, "GUESSING"), (find, "GUESSING_UNMARKED"), (walking, "ENOUGH")):
        monkeypatch.setattr(module, name, 60.0)
    for module, name in ((badges, "AT_ONCE"), (badges, "EACH")):
        monkeypatch.setattr(module, name, 60.0)
    for module, name in ((directory, "SECONDS"), (look, "SECONDS"), (own, "KEPT")):
        monkeypatch.setattr(module, name, 600.0)


@pytest.fixture(autouse=True)
def no_loop_of_a_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Playwright leaves a loop running in this thread, in which no other can be: a test without a browser has none."""
    loop = None if "browser" in request.fixturenames else asyncio._get_running_loop()
    if loop is not None:
        asyncio._set_running_loop(None)
    yield
    if loop is not None:
        asyncio._set_running_loop(loop)


@pytest.fixture
def take(world: World) -> Callable[..., Inbound]:
    """Brings a letter to the mail channel and answers its entry, handled."""
    from tests.taking import arrive

    return partial(arrive, world.mail)


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether a test may take its time: as much as what is marked long."""
    return _takes_its_time(request.config)


@pytest.fixture
def on_postgresql() -> bool:
    return _DATABASES.kind == "postgresql"


@pytest.fixture(autouse=True)
def no_letters_left() -> Iterator[None]:
    """Files are not rolled back with the rows they belong to: a test finds none of those before it."""
    yield
    for folder in ("outbox", "letters"):
        shutil.rmtree(Path(_ADDRESS["VIKNO_DATA"]) / folder, ignore_errors=True)


@pytest.fixture
def data() -> Path:
    """The data folder of this worker."""
    return Path(_ADDRESS["VIKNO_DATA"])


@pytest.fixture
def queries() -> Callable[..., AbstractContextManager[CaptureQueriesContext]]:
    """Counts the SQL of a block: `with queries(at_most=5): …`. Fails with all statements in sight."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    @contextmanager
    def counted(at_most: int | None = None) -> Iterator[CaptureQueriesContext]:
        with CaptureQueriesContext(connection) as seen:
            yield seen
        if at_most is not None and len(seen) > at_most:
            listing = "\n".join(f"{number:3}. {query['sql']}" for number, query in enumerate(seen, 1))
            pytest.fail(f"{len(seen)} queries, {at_most} allowed:\n{listing}", pytrace=False)

    return counted


# --- Real processes and servers. Their parts are imported where they are used: most tests want none of them.


@pytest.fixture
def installation(tmp_path: Path, databases: Databases) -> Iterator[Installation]:
    """A Vikno of real processes with an empty migrated database: see tests/installation.py."""
    from tests.installation import Installation

    made = Installation(tmp_path, databases)
    yield made
    made.close()


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A real IMAP and POP3 server: see tests/servers/dovecot.py."""
    from tests.servers import dovecot

    need(dovecot.what_is_missing())
    server = dovecot.Dovecot()
    yield server
    server.close()


@pytest.fixture
def smtp_sink(tmp_path: Path) -> Iterator[SmtpSink]:
    """A real SMTP server that keeps letters and can misbehave: see tests/servers/smtp_sink.py."""
    from tests.servers.smtp_sink import SmtpSink

    (tmp_path / "sink").mkdir()
    sink = SmtpSink(tmp_path / "sink")
    yield sink
    sink.stop()


def need(missing: str) -> None:
    """Skips the test if something is missing that a machine may lack; under CI that is a failure."""
    if missing and os.environ.get("CI"):
        pytest.fail(missing, pytrace=False)
    if missing:
        pytest.skip(missing)


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """The shop Kashtan with its people; see tests/world.py."""
    from tests.world import standing

    with standing() as made:
        yield made


@pytest.fixture
def web(installation: Installation) -> Installation:
    """An installation whose pages answer at `web.url`, by a real `vikno web`."""
    installation.start_web()
    return installation


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser, one for the run of a worker."""
    from tests.servers import browser

    need(browser.what_is_missing())
    # Playwright keeps a loop in this thread; Django would take that for asynchronous code and refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with browser.running() as running:
        yield running
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What pages complained of. A test that provokes a complaint takes it out of the list."""
    found: list[str] = []
    yield found
    assert found == [], "a page complained"


@pytest.fixture
def page(browser: Browser, troubles: list[str]) -> Iterator[Page]:
    """A fresh page in English; further ones, and other languages, by tests.servers.browser.opened."""
    from tests.servers.browser import opened

    with opened(browser, troubles) as fresh:
        yield fresh
