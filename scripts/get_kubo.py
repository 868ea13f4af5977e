"""Make sure that there is a Kubo, and print its path: found, fetched or built, as the client itself does it.

What is done meanwhile is said on stderr; stdout holds the path alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a checkout that is not installed

from app.domain.errors import ReelkeyError
from app.ipfs.binary import default_cache_dir, find_kubo_now


def main() -> int:
    try:
        kubo = find_kubo_now("", os.environ, default_cache_dir(os.environ), True, _say)
    except ReelkeyError as error:
        print(f"{error}\n  → {error.hint}", file=sys.stderr)
        return error.exit_code
    print(kubo.path)
    return 0


def _say(line: str) -> None:
    print(f"kubo: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
