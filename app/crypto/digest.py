"""BLAKE3 beside the cipher: both take about as long, so they share the work over two threads."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from blake3 import blake3

DIGEST_SIZE = 32


class SideDigest:
    """One or more BLAKE3 digests of one stream, computed in order on a thread of their own.

    A buffer given to `update` must stay as it is until `wait(ticket)`. Use as a context manager: leaving it
    ends the thread.
    """

    def __init__(self, *hashes: blake3) -> None:
        self._hashes = hashes or (blake3(),)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="digest")
        self._last: Future[None] | None = None

    def update(self, view: memoryview) -> Future[None]:
        """Take in `view` behind what came before; its ticket tells when the buffer is free again."""
        self._last = self._worker.submit(self._update, view)
        return self._last

    def digest(self) -> bytes:
        """The first hash's 32 bytes over all that was taken in."""
        if self._last is not None:
            self._last.result()
        return self._hashes[0].digest()

    def _update(self, view: memoryview) -> None:
        for each in self._hashes:
            each.update(view)

    def close(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> SideDigest:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
