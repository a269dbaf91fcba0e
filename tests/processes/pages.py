"""The addresses of Vikno and some more, whose views are slow, large or broken on purpose."""

from __future__ import annotations

import hashlib
import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from vikno.urls import urlpatterns as ours

LETTERS = bytes(range(256)) * 4096  # 1 MB whose every part is known


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(float(request.GET.get("seconds", "1")))
    return HttpResponse("done")


def held(request: HttpRequest) -> HttpResponse:
    """Says that it is at work by a file in a folder, and answers once the file "go" is there."""
    folder = Path(request.GET["folder"])
    tempfile.mkstemp(dir=folder)
    deadline = time.monotonic() + 60
    while not (folder / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return HttpResponse("done")


@csrf_exempt
def upload(request: HttpRequest) -> JsonResponse:
    """What arrived: the digest of a file, or of the plain body."""
    file = request.FILES.get("file")
    content = file.read() if file else request.body
    return JsonResponse({"size": len(content), "sha256": hashlib.sha256(content).hexdigest()})


def download(request: HttpRequest) -> FileResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    file.write(LETTERS)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="лист.bin", headers={"ETag": '"one"'})


def parts(request: HttpRequest) -> StreamingHttpResponse:
    def answer() -> Iterator[str]:
        for number in range(3):
            yield f"part {number}\n"
            time.sleep(0.3)

    return StreamingHttpResponse(answer(), content_type="text/plain")


def echo(request: HttpRequest) -> JsonResponse:
    names = ("HTTP_X_ACTING", "HTTP_COOKIE", "REMOTE_ADDR", "PATH_INFO", "QUERY_STRING", "wsgi.url_scheme")
    return JsonResponse({name: request.META.get(name) for name in names})


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the password is smtp://user:hunter2@mail.example")


def counted(request: HttpRequest) -> HttpResponse:
    """How many requests for this page were worked off, so that a test sees what was dropped."""
    counted.seen = getattr(counted, "seen", 0) + 1  # type: ignore[attr-defined]
    time.sleep(0.5 if "work" in request.GET else 0)
    return HttpResponse(str(counted.seen))  # type: ignore[attr-defined]


urlpatterns = [
    path("try/slow", slow),
    path("try/held", held),
    path("try/upload", upload),
    path("try/download", download),
    path("try/parts", parts),
    path("try/echo/<path:rest>", lambda request, rest: echo(request)),
    path("try/echo", echo),
    path("try/broken", broken),
    path("try/counted", counted),
    path("try/memory", lambda request: FileResponse(io.BytesIO(b"abc"))),
    *ours,
]
