"""Reading standard input where the loop runs. It hears no signal meanwhile, so this does."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """For a wait that holds the loop's thread: Ctrl-C and SIGTERM end it with KeyboardInterrupt."""
    # What is told to the loop it would do once it runs again, in the middle of the way out.
    loops = signal.set_wakeup_fd(-1)
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        signal.set_wakeup_fd(loops)


def read_line() -> str:
    """A line of standard input, without what stands around it."""
    with interruptible():
        return sys.stdin.readline().strip()
