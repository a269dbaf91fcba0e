"""Beginning and ending: SIGTERM with everything in flight, processes that die, wrong words on the command line."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.databases import clean_environment
from tests.installation import Installation, Process, lives
from tests.processes.conftest import WITH_PAGES, Answer, Scenes, Web
from tests.processes.listening import Listening
from vikno.core import serving

IN_TIME = 30.0  # seconds: a stop is promised within five, and a busy machine gets far more


def stop_in_time(process: Process) -> float:
    began = time.monotonic()
    assert process.stop() == 0, process.printed
    return time.monotonic() - began


def unread(port: int) -> bool:
    """Whether anything that came to a port has not been read. Only Linux tells; elsewhere a moment has to do."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        time.sleep(0.3)
        return False
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    return any(int(row[1].partition(":")[2], 16) == port and int(row[4].partition(":")[2], 16) for row in rows)


def wait_until_accepted(installation: Installation, process: Process, count: int) -> None:
    """Until one of its processes has taken so many connections at our port, and has read from them: what it has not
    taken is not in flight."""
    deadline = time.monotonic() + 60
    while True:
        for child in psutil.Process(process.pid).children():
            there = [one for one in child.net_connections("tcp") if one.status == psutil.CONN_ESTABLISHED]
            if sum(one.laddr.port == installation.port for one in there) >= count and not unread(installation.port):
                return
        assert time.monotonic() < deadline, process.printed
        time.sleep(0.05)


def test_a_stop_answers_everything_that_is_in_flight(installation: Installation, scenes: Scenes) -> None:
    cookies = scenes.play("desk")["cookies"]
    web = Web(installation, installation.start_all(**WITH_PAGES))
    streams = [Listening(installation.port, cookies["iryna"], "list:all") for _ in range(20)]
    for stream in streams:
        stream.wait_for("hello")
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(web.ask("GET", "/try/slow?seconds=0.5"))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    wait_until_accepted(installation, web.process, len(streams) + len(threads))
    took = stop_in_time(web.process)
    for thread in threads:
        thread.join()
    assert [answer.body for answer in answers] == [b"done"] * 12
    for stream in streams:
        assert stream.wait_for("restart").event == "restart"
        assert stream.ended.wait(60)
    assert took < IN_TIME
    with pytest.raises(ConnectionError):
        web.connect(2)


SUPERVISOR = """
import os, signal, sys, time
import django
django.setup()
from vikno import serve
fork = os.fork
def forked():
    pid = fork()
    os.kill(os.getpid(), signal.SIGTERM)  # parent and child, as a terminal or systemd does, at the worst moment
    return pid
os.fork = forked
child = serve.Child("web", lambda ready, alive: time.sleep(60))
sys.exit(serve.Supervisor([child], lambda: None).run())
"""


def test_a_stop_at_the_moment_of_a_birth_is_heard_by_both(installation: Installation) -> None:
    environment = clean_environment(**installation.settings, DJANGO_SETTINGS_MODULE="vikno.settings")
    done = subprocess.run(
        [sys.executable, "-P", "-c", SUPERVISOR], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_page_that_hangs_does_not_keep_the_process(installation: Installation) -> None:
    web = Web(installation, installation.start_all(**WITH_PAGES))
    with web.connect() as sock:
        sock.sendall(web.request("GET", "/try/slow?seconds=60"))
        wait_until_accepted(installation, web.process, 1)
        assert stop_in_time(web.process) < IN_TIME


def test_either_process_is_started_again_when_it_dies(installation: Installation) -> None:
    process = installation.start_all()
    process.wait_for_words("Vikno is ready")
    parent = psutil.Process(process.pid)
    before = {child.pid for child in parent.children()}
    assert len(before) == 2
    for pid in before:
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            now = {child.pid for child in parent.children() if lives(child)}
            if pid not in now and len(now) == 2:
                break
            time.sleep(0.05)
        else:
            raise AssertionError(process.printed)
    process.wait_for(f"{installation.url}/readyz")
    assert "is started again" in process.printed
    assert process.printed.count("Vikno is ready") == 1
    stop_in_time(process)


def test_children_end_when_their_parent_is_killed(installation: Installation) -> None:
    process = installation.start_all()
    process.wait_for_words("Vikno is ready")
    children = psutil.Process(process.pid).children()
    os.kill(process.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    assert serving.address(installation.data) == "", "its note is there, and nobody holds it"


def test_it_says_one_line_with_the_address(installation: Installation) -> None:
    installation.settings["VIKNO_BASE_URL"] = ""
    process = installation.start("serve", "--port", "0")
    line = process.wait_for_words("Vikno is ready")
    address = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
    assert address is not None
    process.wait_for(address[0] + "readyz")
    assert f"{serving.address(installation.data)}/" == address[0], "commands know it"
    stop_in_time(process)
    assert serving.address(installation.data) == ""


def test_web_and_engine_run_alone(installation: Installation) -> None:
    engine = installation.start("engine")
    engine.wait_for_words("engine is running")
    web = installation.start_web()
    web.wait_for_words("Vikno is ready")
    assert serving.address(installation.data) == installation.url
    assert stop_in_time(engine) < IN_TIME
    assert stop_in_time(web) < IN_TIME


def test_what_cannot_start_says_why_and_ends_with_the_right_code(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = installation.run("serve", "--port", port, check=False)
    assert (done.returncode, port in done.stderr.decode()) == (os.EX_UNAVAILABLE, True)
    installation.settings["VIKNO_SMTP_LISTEN"] = "nonsense"
    done = installation.run("serve", "--port", "0", check=False)
    assert (done.returncode, "VIKNO_SMTP_LISTEN" in done.stderr.decode()) == (os.EX_CONFIG, True)
    for words in (["no-such-command"], ["serve", "--port", "many"], []):
        assert installation.run(*words, check=False).returncode == os.EX_USAGE
    assert installation.run("--help").stdout.startswith(b"usage: vikno")
    done = installation.run("serve", "--demo", "--host", "0.0.0.0", check=False)
    assert (done.returncode, b"this machine only" in done.stderr) == (os.EX_USAGE, True)


def test_a_database_that_is_away_is_named(installation: Installation) -> None:
    installation.settings["VIKNO_DATABASE_URL"] = "postgresql://nobody:hunter2@127.0.0.1:9/none"
    done = installation.run("migrate", check=False)
    assert done.returncode == os.EX_UNAVAILABLE
    assert b"database" in done.stderr
    assert b"hunter2" not in done.stderr


def test_readiness_and_figures(installation: Installation) -> None:
    web = Web(installation, installation.start_all())
    answer = web.ask("GET", "/readyz")
    assert (answer.status, answer.json()["ready"]) == (200, True)
    assert {"database", "migrations", "readers_lag_events"} <= answer.json()["checks"].keys()
    deadline = time.monotonic() + 60
    while not web.ask("GET", "/readyz").json()["checks"]["engine_silent_seconds"]["ok"]:
        assert time.monotonic() < deadline, web.process.printed
        time.sleep(0.3)
    figures = web.ask("GET", "/metrics").body.decode()
    assert 'vikno_check_ok{check="database"} 1.0' in figures
    assert "vikno_request_seconds_count" in figures
    # Behind a proxy that nobody named, a stranger could look like a neighbour: then only yes and no are told.
    far = web.ask("GET", "/readyz", X_Forwarded_For="203.0.113.9").json()
    assert far["checks"]["database"] is True
    assert web.ask("GET", "/metrics", X_Forwarded_For="203.0.113.9").status == 403


def memory(pid: int) -> int:
    """Proportional set size in bytes: memory shared with others counts by parts."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="only Linux tells how memory is shared")
def test_all_processes_together_need_less_than_they_may(installation: Installation) -> None:
    process = installation.start_all()
    process.wait_for_words("Vikno is ready")
    pids = [process.pid, *(child.pid for child in psutil.Process(process.pid).children())]
    assert sum(map(memory, pids)) < 250 * 1024 * 1024


def test_migrating_twice_at_once_is_one_migration(installation: Installation) -> None:
    both = [installation.start("migrate") for _ in range(2)]
    assert [process._popen.wait(60) for process in both] == [0, 0]
