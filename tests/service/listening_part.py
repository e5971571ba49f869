"""Stands in for a part: `python listening_part.py PORT PIDS` listens, answers every request with 200, and has a child.

It appends its own and the child's process id to PIDS, for the test to look for. A script, run by the supervisor.
"""

from __future__ import annotations

import http.server
import os
import subprocess
import sys


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *words: object) -> None:
        """Says nothing: a test looks at this part's log."""


if __name__ == "__main__":
    child = subprocess.Popen(["sleep", "300"])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer)
    with open(sys.argv[2], "a") as file:
        file.write(f"{os.getpid()} {child.pid}\n")
    server.serve_forever()
