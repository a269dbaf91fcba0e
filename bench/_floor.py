"""The least that a page can cost in Python: a bare ASGI handler on uvicorn that runs the same SQL by the bare driver
and sends the same bytes, rendered by bare Jinja2 from the same context. No Django, no rights, no middleware."""

from __future__ import annotations

import gc
import gettext
import pickle
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from jinja2 import Environment, FileSystemLoader


def environment(folders: list[str], locale: str) -> Environment:
    """Jinja2 with the words of one language and nothing else."""
    env = Environment(
        loader=FileSystemLoader(folders), autoescape=True, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    env.add_extension("jinja2.ext.i18n")
    env.add_extension("jinja2.ext.do")
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_translations(gettext.translation("django", locale, ["uk"]), newstyle=True)  # type: ignore[attr-defined]
    env.globals["look"] = lambda: {"hue": 250, "logo": ""}  # of a company that has chosen none
    env.globals["part"] = lambda name, *values: env.get_template(name).module.part(*values)  # type: ignore[attr-defined]
    return env


def runner(parts: dict[str, Any]) -> Callable[[list[tuple[str, Any]]], None]:
    """A function that runs statements and fetches all rows."""
    if parts["vendor"] == "sqlite":
        import sqlite3

        there = sqlite3.connect(parts["database"], isolation_level=None)

        def run(statements: list[tuple[str, Any]]) -> None:
            for sql, params in statements:
                there.execute(sql, params or ()).fetchall()

        return run
    import psycopg

    options = {
        name: value for name, value in parts["connection"].items()
        if name in ("dbname", "host", "port", "user", "password")
    }  # fmt: skip
    cursor = psycopg.connect(**options, autocommit=True).cursor()

    def run_there(statements: list[tuple[str, Any]]) -> None:
        for sql, params in statements:
            cursor.execute(sql.encode(), params or None)
            if cursor.description:
                cursor.fetchall()

    return run_there


def statements(page: dict[str, Any], vendor: str) -> list[tuple[str, Any]]:
    if vendor != "sqlite":
        return list(page["sql"])
    return [(re.sub(r"(?<!%)%s", "?", sql).replace("%%", "%"), params) for sql, params in page["sql"]]


def main(path: str, port: str) -> None:
    parts = pickle.loads(Path(path).read_bytes())
    env = environment(parts["folders"], parts["locale"][0])
    run = runner(parts)
    pages = {}
    for name, page in parts["pages"].items():
        for helper, answers in page["helped"].items():
            if helper == "htmx_script":
                said = next(iter(answers.values()))
                env.globals[helper] = lambda said=said, **_options: said
            else:
                env.globals.setdefault(helper, _told(parts, helper))
        pages[f"/{name}"] = (statements(page, parts["vendor"]), env.get_template(page["name"]), page["context"])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sql, template, context = pages[scope["path"]]
        run(sql)
        body = template.render(context).encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    gc.collect()
    gc.freeze()
    uvicorn.run(
        app, host="127.0.0.1", port=int(port), http="httptools", lifespan="off", log_level="error", access_log=False
    )


def _told(parts: dict[str, Any], helper: str) -> Callable[..., Any]:
    """A helper that knows its answers already."""
    pages = parts["pages"].values()
    known = {args: said for page in pages for args, said in page["helped"].get(helper, {}).items()}
    return lambda *args: known[args]


if __name__ == "__main__":
    main(*sys.argv[1:])
