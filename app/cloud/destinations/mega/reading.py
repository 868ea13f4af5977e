"""Reading back from MEGA: a file's bytes with its MAC checked, and a link for others."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from app.cloud.destination import Entry
from app.cloud.destinations.mega.api import Api
from app.cloud.destinations.mega.contents import MacHasher, counter
from app.cloud.destinations.mega.faults import NAME, http_fault, unclear
from app.cloud.destinations.mega.keys import FileKey, to_text
from app.domain.errors import CloudRefused, CloudUnreachable, NotTheSame
from app.domain.words import N_, tr
from app.net.answers import read_answer

_LINK = "https://mega.nz/file/"
# Many files may be read at once.
_CHUNK = 128 * 1024


class Reading:
    """A file's bytes from the first to the last. Where it broke off, `rest` goes on."""

    def __init__(self, api: Api, entry: Entry) -> None:
        file: FileKey = entry.private
        self._api = api
        self._entry = entry
        self._stream = counter(file.key, file.nonce, 0)
        self._hasher = MacHasher(file)
        self._expected = file.mac.hex()
        #: How many bytes were read.
        self.at = 0

    async def rest(self) -> AsyncGenerator[bytes]:
        """The bytes that are not read yet. Raises NotTheSame at the end where all of them are not what the
        file's key vouches for, and CloudError."""
        answer = await self._api.one({"a": "g", "g": 1, "ssl": 2, "n": self._entry.id})
        size = answer.get("s") if isinstance(answer, dict) else None
        if size != self._entry.size or not isinstance(size, int):
            raise NotTheSame(cloud=NAME, name=self._entry.name, what=tr(N_("size")))
        if self.at < size:
            async for data in self._fetched(self._api.storage(answer.get("g")), size):
                yield data
        if self._hasher.hexdigest() != self._expected:
            raise NotTheSame(cloud=NAME, name=self._entry.name, what="mac")

    async def _fetched(self, url: str, size: int) -> AsyncGenerator[bytes]:
        async with self._api.web.stream("GET", f"{url}/{self.at}-{size - 1}") as response:
            if response.status_code not in (200, 206):
                raise http_fault(await read_answer(response, 4096))
            async for data in response.aiter_bytes(_CHUNK):
                if self.at + len(data) > size:
                    raise unclear()
                plain = self._stream.update(data)
                self._hasher.update(plain)
                self.at += len(data)
                yield plain
        if self.at < size:
            raise CloudUnreachable(cloud=NAME, reason=N_("the connection broke off"))


async def read_back(reading: Reading) -> None:
    """Read what is left, and compare. A line that broke off on the way is no failure: hours of it may have
    gone well. Raises as `Reading.rest` where nothing came any more."""
    while True:
        stood = reading.at
        try:
            async for _ in reading.rest():
                pass
        except CloudUnreachable:
            if reading.at - stood < _CHUNK:
                raise
        else:
            return


async def public_link(api: Api, entry: Entry) -> str:
    """An address by which anybody can read the file: it holds the file's key. Raises CloudError."""
    handle = await api.one({"a": "l", "n": entry.id})
    if not isinstance(handle, str) or not 0 < len(handle) <= 16 or entry.is_folder:
        raise CloudRefused(cloud=NAME, text="link", status=-2)
    return f"{_LINK}{handle}#{to_text(entry.private.packed)}"
