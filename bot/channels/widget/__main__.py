"""`python -m bot.channels.widget SERVER`: the two lines that a clinic puts on its pages, with the integrity value."""

import argparse
import sys
from collections.abc import Sequence

from bot.channels.widget.bundle import read_bundle


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.channels.widget", description=(__doc__ or "").split(": ")[1])
    parser.add_argument(
        "server",
        nargs="?",
        default="https://chat.clinic.example",
        help="where patients' browsers reach the gateway (default: %(default)s)",
    )
    server = parser.parse_args(argv).server.rstrip("/")
    bundle = read_bundle()
    print(f'<script type="module" src="{server}/{bundle.name}"')
    print(f'        integrity="{bundle.integrity}" crossorigin="anonymous"></script>')
    print(f'<plainscan-chat server="{server}"></plainscan-chat>')
    print(f"{len(bundle.body):,} bytes, {len(bundle.gzipped):,} gzipped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
