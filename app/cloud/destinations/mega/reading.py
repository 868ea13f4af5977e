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


async def read_back(api: Api, entry: Entry) -> AsyncGenerator[bytes]:
    """The file's bytes from the first to the last. Raises NotTheSame at the end where they are not what
    its key vouches for, and CloudError."""
    file: FileKey = entry.private
    answer = await api.one({"a": "g", "g": 1, "ssl": 2, "n": entry.id})
    size = answer.get("s") if isinstance(answer, dict) else None
    if size != entry.size or not isinstance(size, int):
        raise NotTheSame(cloud=NAME, name=entry.name, what=tr(N_("size")))
    hasher = MacHasher(file)
    if size:
        async for data in _decrypted(api, api.storage(answer.get("g")), file, size):
            hasher.update(data)
            yield data
    if hasher.hexdigest() != file.mac.hex():
        raise NotTheSame(cloud=NAME, name=entry.name, what="mac")


async def _decrypted(api: Api, url: str, file: FileKey, size: int) -> AsyncGenerator[bytes]:
    stream = counter(file.key, file.nonce, 0)
    left = size
    async with api.web.stream("GET", f"{url}/0-{size - 1}") as response:
        if response.status_code not in (200, 206):
            raise http_fault(await read_answer(response, 4096))
        async for data in response.aiter_bytes(1024 * 1024):
            left -= len(data)
            if left < 0:
                raise unclear()
            yield stream.update(data)
    if left:
        raise CloudUnreachable(cloud=NAME, reason=N_("the connection broke off"))


async def public_link(api: Api, entry: Entry) -> str:
    """An address by which anybody can read the file: it holds the file's key. Raises CloudError."""
    handle = await api.one({"a": "l", "n": entry.id})
    if not isinstance(handle, str) or not 0 < len(handle) <= 16 or entry.is_folder:
        raise CloudRefused(cloud=NAME, text="link", status=-2)
    return f"{_LINK}{handle}#{to_text(entry.private.packed)}"
