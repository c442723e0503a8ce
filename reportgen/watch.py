"""Watch files by polling, and serve a folder on loopback to a page that reloads itself."""

from __future__ import annotations

import functools
import http.server
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Snapshot = Mapping[Path, tuple[int, int]]
IGNORED = ("__pycache__", "~", ".swp", ".tmp")  # editors' and Python's own files
LOOPBACK = "127.0.0.1"


def snapshot(folders: Iterable[Path]) -> Snapshot:
    """Return (size, mtime in ns) of every file below the folders; hidden and editors' files do not count."""
    found: dict[Path, tuple[int, int]] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if any(part.startswith(".") or part.endswith(IGNORED) for part in path.relative_to(folder).parts):
                continue
            try:
                status = path.stat()
            except OSError:  # gone between listing and asking
                continue
            if path.is_file():
                found[path] = (status.st_size, status.st_mtime_ns)
    return found


def changed(old: Snapshot, new: Snapshot) -> tuple[Path, ...]:
    """Return the files that came, went or changed."""
    return tuple(sorted(path for path in {*old, *new} if old.get(path) != new.get(path)))


def changes(
    folders: Iterable[Path],
    *,
    known: Snapshot,
    interval: float = 0.2,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[tuple[Path, ...]]:
    """Yield the files that differ from the known ones, each time after one quiet interval.

    An editor may save in several steps, hence the interval. What changes while the caller works on a yielded
    change is found in the next round.
    """
    folders = tuple(folders)
    while True:
        sleep(interval)
        seen = snapshot(folders)
        if not changed(known, seen):
            continue
        while True:
            sleep(interval)
            settled = snapshot(folders)
            if not changed(seen, settled):
                break
            seen = settled
        paths, known = changed(known, settled), settled
        if paths:  # a file that was saved and restored has not changed
            yield paths


class Preview:
    """A server on loopback that shows a folder's HTML files in a frame and reloads it after each build.

    The handout itself is served untouched, so that its content security policy and its bytes are those that
    readers get; the frame around it listens to server-sent events.
    """

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self._news = threading.Condition()
        self._state: dict[str, Any] = {"stamp": 0, "state": "building", "message": "", "pages": []}
        self._folder = folder
        handler = functools.partial(_Handler, preview=self, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer((LOOPBACK, port), handler)
        self._server.daemon_threads = True
        self.address = f"http://{LOOPBACK}:{self._server.server_address[1]}/"

    def __enter__(self) -> Preview:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def tell(self, state: str, message: str = "") -> None:
        """Tell the page: ``building``, ``done`` (which reloads it) or ``failed``."""
        with self._news:
            pages = sorted(path.name for path in self._folder.glob("*.html"))
            stamp = self._state["stamp"] + (state == "done")
            self._state = {"stamp": stamp, "state": state, "message": message, "pages": pages}
            self._news.notify_all()

    def wait_for_news(self, known: Mapping[str, Any] | None, timeout: float) -> dict[str, Any]:
        """Return the state as soon as it differs from the known one, at the latest after the timeout."""
        with self._news:
            self._news.wait_for(lambda: self._state != known, timeout)
            return self._state


class _Handler(http.server.SimpleHTTPRequestHandler):
    """The folder's files, the frame at ``/`` and the events at ``/.events``; for this machine only."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, preview: Preview, directory: str) -> None:
        self._preview = preview
        super().__init__(*arguments, directory=directory)

    def do_GET(self) -> None:
        # a foreign page may point a name of its own at 127.0.0.1 (DNS rebinding): that name is then the Host
        host = urllib.parse.urlsplit(f"//{self.headers.get('Host', '')}").hostname
        if host not in (LOOPBACK, "localhost"):
            self.send_error(403, "only for this machine")
        elif self.path == "/":
            self._send(_FRAME.encode(), "text/html; charset=utf-8")
        elif self.path == "/.events":
            self._send_events()
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        self.send_error(405, "GET only")

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def list_directory(self, path: Any) -> None:  # noqa: ARG002
        self.send_error(404, "no such file")

    def log_message(self, *_: Any) -> None:
        """Keep quiet: the terminal shows the builds."""

    def _send(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        known: dict[str, Any] | None = None
        try:
            while True:
                known = self._preview.wait_for_news(known, timeout=15)
                self.wfile.write(f"data: {json.dumps(known)}\n\n".encode())
                self.wfile.flush()
        except OSError:  # the page was closed
            self.close_connection = True


_FRAME = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>reportgen watch</title><link rel="icon" href="data:,">
<style>
  html, body { height: 100%; margin: 0 }
  body { display: flex; flex-direction: column; font: 14px system-ui, sans-serif; color-scheme: light dark }
  nav { display: flex; gap: 1em; padding: .4em .8em; border-bottom: 1px solid #8886; align-items: baseline }
  nav a { color: inherit } nav a[aria-current] { font-weight: bold; text-decoration: none }
  #state { margin-left: auto; white-space: pre-wrap } #state.failed { color: #d33 }
  iframe { flex: 1; border: 0; width: 100% }
</style>
<nav><span id="pages"></span><span id="state" role="status">…</span></nav>
<iframe id="page" title="handout"></iframe>
<script>
  const frame = document.getElementById("page"), state = document.getElementById("state");
  const pages = document.getElementById("pages");
  let stamp = null, shown = decodeURIComponent(location.hash.slice(1));
  const show = name => { shown = name; location.hash = name; frame.src = encodeURIComponent(name); };
  const list = names => pages.replaceChildren(...names.map(name => {
    const link = Object.assign(document.createElement("a"), { href: "#" + name, textContent: name });
    link.style.marginRight = "1em";
    if (name === shown) link.setAttribute("aria-current", "page");
    link.onclick = event => { event.preventDefault(); show(name); list(names); };
    return link;
  }));
  const events = new EventSource(".events");
  events.onmessage = event => {
    const news = JSON.parse(event.data);
    state.className = news.state;
    state.textContent = news.message || news.state;
    if (news.pages.length && !news.pages.includes(shown)) shown = "";
    if (news.pages.length && !shown) show(news.pages[0]);
    else if (news.pages.length && !frame.src) show(shown);
    else if (stamp !== null && news.stamp !== stamp) frame.contentWindow.location.reload();
    stamp = news.stamp;
    list(news.pages);
  };
  events.onerror = () => { state.className = "failed"; state.textContent = "reportgen watch has ended"; };
</script>
</html>
"""
