"""Show the built pages on this computer only: python site/serve.py [PORT]."""

from __future__ import annotations

import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OUT = Path(__file__).resolve().parent / "_build" / "html"

# A page may load what lies beside it and nothing else; a browser refuses, and reports, every other request.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:"
)


class Pages(SimpleHTTPRequestHandler):
    """Serves a folder, to pages that keep to themselves."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".wasm": "application/wasm", ".js": "text/javascript"}

    def end_headers(self) -> None:
        """Send the policy with every file."""
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-cache")  # a page that was built anew is shown anew
        super().end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing of what went well."""


def server(port: int = 0, folder: Path = OUT) -> ThreadingHTTPServer:
    """Return a server on the loopback address; port 0 takes any that is free."""
    return ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Pages, directory=str(folder)))


def main() -> int:
    """Serve until Ctrl-C."""
    if not (OUT / "index.html").is_file():
        print("error: the pages are not built yet; make site", file=sys.stderr)
        return 2
    try:
        pages = server(int(sys.argv[1]) if len(sys.argv) > 1 else 8000)
    except (ValueError, OSError) as error:
        print(f"error: PORT: expected a free port, but got {sys.argv[1:]} ({error})", file=sys.stderr)
        return 2
    print(f"the course is at http://127.0.0.1:{pages.server_port}/ (Ctrl-C ends it)", flush=True)
    try:
        pages.serve_forever()
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
