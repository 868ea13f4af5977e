"""Run a command and note what it took: python -I -S peak.py FILE COMMAND…

Linux counts to a process' peak of memory what its parent had when it was started, until then they share it.
So a command whose memory is asked for is started from here: ten megabytes, and nothing imported."""

import json
import os
import sys


def main() -> int:
    """Writes FILE: the peak of resident memory in MB (10⁶ bytes), processor seconds. Exits as the command."""
    noted, command = sys.argv[1], sys.argv[2:]
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    with open(noted, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib would cost memory
        json.dump([usage.ru_maxrss * 1024 / 1e6, usage.ru_utime + usage.ru_stime], file)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
