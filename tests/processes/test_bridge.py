"""The root and its bridge to Django, asked byte by byte at a real process."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.processes.conftest import Answer, Web, read_all
from tests.processes.pages import LETTERS
from vikno.web import THREADS


def test_a_large_upload_arrives_whole(web: Web) -> None:
    content = LETTERS * 12
    boundary = "x" * 30
    form = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'.encode()
        + content
        + f"\r\n--{boundary}--\r\n".encode()
    )
    answer = web.ask("POST", "/try/upload", form, Content_Type=f"multipart/form-data; boundary={boundary}")
    assert answer.json() == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_a_chunked_upload_arrives_whole(web: Web) -> None:
    with web.connect() as sock:
        sock.sendall(
            b"POST /try/upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/plain\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for part in (b"one ", b"two ", b"three"):
            sock.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            time.sleep(0.02)
        sock.sendall(b"0\r\n\r\n")
        assert Answer(read_all(sock)).json()["size"] == len(b"one two three")


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_an_upload_is_refused_in_words_that_arrive(web: Web, announced: bool) -> None:
    size = 80 * 1024 * 1024
    with web.connect() as sock:
        head = b"POST /try/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
        if announced:
            sock.sendall(head + b"Content-Length: %d\r\n\r\n" % size)
        else:
            sock.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        part = bytes(1024 * 1024)
        with contextlib.suppress(ConnectionError):  # a client that does not listen while it sends
            for _ in range(size // len(part)):
                sock.sendall(part if announced else b"%x\r\n%s\r\n" % (len(part), part))
            if not announced:
                sock.sendall(b"0\r\n\r\n")
        answer = Answer(read_all(sock))
    assert answer.status == 413
    assert "64 MB" in answer.body.decode()


def test_an_upload_that_its_sender_left_changes_nothing(web: Web) -> None:
    before = int(web.ask("GET", "/try/counted").body)
    for _ in range(8):
        with web.connect() as sock:
            sock.sendall(b"POST /try/counted HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nbeginning")
    assert int(web.ask("GET", "/try/counted").body) == before + 1


@pytest.mark.parametrize("who", [{}, {"Vikno_By_Itself": "1"}], ids=["people", "pages"])
def test_who_left_while_waiting_is_not_worked_for(web: Web, who: dict[str, Any]) -> None:
    """Sixty come and go while all threads for such as they are busy: hardly any of them reaches Django."""
    before = int(web.ask("GET", "/try/counted").body)
    for _ in range(60):
        with web.connect() as sock:
            sock.sendall(web.request("GET", "/try/counted?work", **who))
    worked = int(web.ask("GET", "/try/counted").body) - before - 1
    assert worked <= 12, "four at work, and perhaps as many that were taken before their leaving was noticed"


def test_what_open_pages_ask_by_themselves_lets_people_go_first(web: Web, tmp_path: Path) -> None:
    """Eight of such questions, each of which would hold a thread: one is at work, and people are answered meanwhile."""
    with contextlib.ExitStack() as stack:
        asked = [stack.enter_context(web.connect()) for _ in range(8)]
        for sock in asked:
            sock.sendall(web.request("GET", f"/try/held?folder={tmp_path}", Vikno_By_Itself="1"))
        for _ in range(THREADS * 2):
            assert web.ask("GET", "/try/echo").status == 200
        assert len(list(tmp_path.iterdir())) <= 1
        (tmp_path / "go").touch()
        assert [Answer(read_all(sock)).body for sock in asked] == [b"done"] * 8


def test_a_page_that_somebody_waits_long_for_does_not_hold_up_what_open_pages_ask(web: Web, tmp_path: Path) -> None:
    with web.connect() as sock:
        sock.sendall(web.request("GET", f"/try/held?folder={tmp_path}"))
        assert web.ask("GET", "/try/echo", Vikno_By_Itself="1").status == 200
        (tmp_path / "go").touch()
        assert Answer(read_all(sock)).body == b"done"


def test_half_an_upload_holds_no_thread(web: Web) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(12):
            sock = stack.enter_context(web.connect())
            sock.sendall(b"POST /try/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\nslowly")
        assert web.ask("GET", "/try/echo").status == 200


def test_a_download_that_nobody_reads_holds_no_thread(web: Web) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(12):
            sock = stack.enter_context(web.connect())
            sock.sendall(web.request("GET", "/try/download"))
        assert web.ask("GET", "/try/echo").status == 200


def test_a_file_is_sent_whole_and_in_parts(web: Web) -> None:
    whole = web.ask("GET", "/try/download")
    assert (whole.status, whole.body) == (200, LETTERS)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-length"] == str(len(LETTERS))
    size = len(LETTERS)
    for asked, first, last in (
        ("bytes=0-99", 0, 99),
        ("bytes=1000-", 1000, size - 1),
        ("bytes=-10", size - 10, size - 1),
        (f"bytes=5-{size * 2}", 5, size - 1),
    ):
        part = web.ask("GET", "/try/download", Range=asked)
        assert part.status == 206
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.body == LETTERS[first : last + 1]
    assert web.ask("GET", "/try/download", Range=f"bytes={size}-").status == 416
    assert web.ask("GET", "/try/download", Range="bytes=0-1,4-5").status == 200
    assert web.ask("GET", "/try/download", Range="bytes=0-9", If_Range='"one"').status == 206
    assert web.ask("GET", "/try/download", Range="bytes=0-9", If_Range='"other"').status == 200
    assert web.ask("GET", "/try/memory", Range="bytes=1-1").body == b"b"


def test_head_has_the_headers_and_no_body(web: Web) -> None:
    for path in ("/try/download", "/try/echo", "/try/parts", "/healthz"):
        answer = web.ask("HEAD", path)
        assert (answer.status, answer.body) == (200, b""), path
    assert web.ask("HEAD", "/try/download").headers["content-length"] == str(len(LETTERS))


def test_parts_arrive_as_they_are_made(web: Web) -> None:
    with web.connect() as sock:
        sock.sendall(web.request("GET", "/try/parts"))
        got = b""
        while b"part 0" not in got:
            got += sock.recv(1000)
        assert b"part 2" not in got
        got += read_all(sock)
    assert b"part 2" in got


def test_an_error_of_ours_is_a_page_and_its_secrets_stay_out_of_the_log(web: Web) -> None:
    answer = web.ask("GET", "/try/broken")
    assert answer.status == 500
    assert b"hunter2" not in answer.body
    assert "RuntimeError" in web.process.printed
    assert "hunter2" not in web.process.printed


def test_headers_and_paths_reach_django_as_they_were_sent(web: Web) -> None:
    answer = web.ask("GET", "/try/echo/%D0%9A%D0%B8%D1%97%D0%B2%FF?q=%D0%B0", X_Acting="right").json()
    assert answer["PATH_INFO"] == "/try/echo/Київ%FF"  # Django spells out what is no UTF-8
    assert answer["QUERY_STRING"] == "q=%D0%B0"
    assert answer["HTTP_X_ACTING"] == "right"
    with web.connect() as sock:  # "_" would pass for "-", and so for a header that only a proxy may set
        sock.sendall(b"GET /try/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX_Acting: wrong\r\n\r\n")
        assert Answer(read_all(sock)).json()["HTTP_X_ACTING"] is None


def test_nobody_is_believed_about_where_they_come_from(web: Web) -> None:
    told = web.ask("GET", "/try/echo", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https").json()
    assert told["REMOTE_ADDR"] == "127.0.0.1"
    assert told["wsgi.url_scheme"] == "http"


def test_an_unknown_host_is_refused_in_words(web: Web) -> None:
    for path in ("/try/echo", "/live"):
        answer = web.ask("GET", path, Host="rebound.example")
        assert answer.status == 400
    assert "rebound.example" in web.ask("GET", "/try/echo", Host="rebound.example").body.decode()
    assert web.ask("GET", "/healthz", Host="10.1.2.3").status == 200


def test_an_endless_head_is_cut_off(web: Web) -> None:
    for junk in (b"X-Long: " + b"a" * 300_000, b"".join(b"X-%d: aaaaaaaaaaaa\r\n" % n for n in range(5000))):
        with web.connect() as sock:
            with contextlib.suppress(ConnectionError):
                sock.sendall(b"GET /try/echo HTTP/1.1\r\nHost: localhost\r\n" + junk + b"\r\n\r\n")
            assert Answer(read_all(sock)).status in (0, 400)
    assert web.ask("GET", "/try/echo").status == 200


def test_static_files_are_kept_by_browsers_and_squeezed(web: Web) -> None:
    from vikno.assets import static

    address = static("django_htmx/htmx-4.min.js")
    plain = web.ask("GET", address)
    assert plain.status == 200
    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["content-type"].startswith("text/javascript")
    packed = web.ask("GET", address, Accept_Encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 2
    again = web.ask("GET", address, If_None_Match=plain.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    old = web.ask("GET", "/static/0123456789ab/django_htmx/htmx-4.min.js")
    assert (old.status, "immutable" in old.headers["cache-control"]) == (200, False)
    for wrong in ("/static/../settings.py", "/static/%2e%2e/settings.py", "/static/", "/static/none.js"):
        assert web.ask("GET", wrong).status == 404
    assert web.ask("POST", address, b"x").status == 405


def test_slow_pages_do_not_stop_static_files_and_health(web: Web, tmp_path: Path) -> None:
    from vikno.assets import static

    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(web.ask("GET", f"/try/held?folder={tmp_path}")))
        for _ in range(2 * THREADS)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    while len(list(tmp_path.iterdir())) < THREADS and time.monotonic() < deadline:
        time.sleep(0.01)
    assert web.ask("GET", "/healthz").body == b"ok\n"
    assert web.ask("GET", static("django_htmx/htmx-4.min.js")).status == 200
    assert len(list(tmp_path.iterdir())) == THREADS, "all that there are were at work meanwhile"
    assert answers == []
    (tmp_path / "go").touch()
    for thread in threads:
        thread.join()
    assert [answer.body for answer in answers] == [b"done"] * (2 * THREADS)
