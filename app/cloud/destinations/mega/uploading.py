"""One file on its way to MEGA.

Each start of an upload has a key, a nonce and a storage address of its own. Pieces begin and end where MAC
chunks do and go out in any order, several at once; they are encrypted and their MACs computed while they
are sent. The storage can't be asked what it has: what we know of finished pieces is all there is. With the
last byte it gives a token, which makes the file a node of the account, by the one request that must not be
done twice.
"""

from __future__ import annotations

import asyncio
import heapq
import re
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from app.cloud.destination import Entry, Outgoing, Piece, State
from app.cloud.destinations.mega import fingerprint
from app.cloud.destinations.mega.account import Session
from app.cloud.destinations.mega.contents import Encryption, Macs, macs_of, piece_end, xor_columns
from app.cloud.destinations.mega.faults import NAME, Number, http_fault, is_dead, piece_fault, unclear
from app.cloud.destinations.mega.keys import FileKey, from_text, to_text
from app.cloud.destinations.mega.reading import Reading, read_back
from app.cloud.destinations.mega.tree import FILE, OWN_KEY
from app.cloud.web import Content
from app.domain.errors import CloudError, CloudFull, CloudRefused, FolderGone, UploadLost
from app.net.answers import Answer

_VERSION = 1
_PIECE = 8 * 1024 * 1024
#: Pieces up to this are held whole, and sent with a checksum.
_CHECKED = 1024 * 1024
_TOKEN = 36
_LONGEST_ANSWER = 4096
_KEY, _NONCE = 16, 8
#: Storage ends an upload whose pieces lie too far apart (256 MiB in the vendor's SDK).
_WIDEST = 192 * 1024 * 1024


class MegaUpload:
    """See `app.cloud.destination.Upload`."""

    def __init__(
        self, session: Session, item: Outgoing, state: State | None, *, reads_back: bool = False
    ) -> None:
        self._session = session
        self._reads_back = reads_back
        self._reading: Reading | None = None
        self._item = item
        self._sample = fingerprint.Sample(item.size)
        self._naming = asyncio.Lock()
        self._moved = asyncio.Condition()
        self._out: set[int] = set()
        self._entry: Entry | None = None
        self._start_over()
        if state is not None:
            self._take_up(state)

    def _start_over(self) -> None:
        # Never the old key and nonce again: the file may have changed in between.
        self._key, self._nonce = secrets.token_bytes(_KEY), secrets.token_bytes(_NONCE)
        self._url = ""
        self._token = ""
        self._number: int | None = None
        self._macs = Macs(self._key)
        self._again: list[tuple[int, int]] = []
        self._gaps = [(0, self._item.size)]

    # --- where it stands -----------------------------------------------------------------------------

    @property
    def state(self) -> State:
        return {
            "version": _VERSION,
            "size": self._item.size,
            "modified": self._item.modified,
            "url": self._url,
            "key": to_text(self._key),
            "nonce": to_text(self._nonce),
            "end": self._macs.end,
            "folded": to_text(self._macs.folded),
            "early": [[at, end, to_text(macs)] for at, (end, macs) in sorted(self._macs.early.items())],
            "token": self._token,
            "number": self._number,
        }

    def _take_up(self, state: State) -> None:
        """What an earlier start left; that of another file, or none of ours, is left alone."""
        item = self._item
        if [state.get(name) for name in ("version", "size", "modified")] != [
            _VERSION,
            item.size,
            item.modified,
        ]:
            return
        try:
            key, nonce, folded = (from_text(state[name]) for name in ("key", "nonce", "folded"))
            macs = Macs(key, end=int(state["end"]), folded=folded)
            for at, end, text in state["early"]:
                macs.add(int(at), int(end), from_text(text))
            url, token = str(state["url"]), str(state["token"])
            number = None if state["number"] is None else int(state["number"])
        except (KeyError, TypeError, ValueError):
            return
        if url:
            self._key, self._nonce, self._macs = key, nonce, macs
            self._url, self._token, self._number = url, token, number
            self._gaps = list(macs.gaps(item.size)) if item.size else [(0, 0)]

    @property
    def done(self) -> int:
        return self._item.size if self._is_there else self._macs.done

    @property
    def digests(self) -> Mapping[str, str]:
        if self._macs.end < self._item.size:
            return {}
        digests = {"mac": self._macs.meta().hex()}
        if self._item.modified is not None and self._sample.whole:
            digests["fingerprint"] = self._sample.crc().hex()
        return digests

    @property
    def _is_there(self) -> bool:
        """Whether every byte stands at the destination."""
        return bool(self._token) or self._entry is not None

    # --- pieces --------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Find what was completed already, or have an address to send to."""
        if self._number is not None:
            self._entry = await self._look()
        if not self._is_there:
            await self._address()

    def next_piece(self) -> Piece | None:
        if self._is_there:
            return None
        if self._again:
            offset, length = heapq.heappop(self._again)
            return Piece(offset, length)
        if not self._gaps:
            return None
        start, stop = self._gaps[0]
        end = piece_end(start, stop, _PIECE)
        self._cut(start, end)
        return Piece(start, end - start)

    def _cut(self, offset: int, end: int) -> None:
        """`offset` to `end` is handed out."""
        gaps = []
        for start, stop in self._gaps:
            if offset < stop and start < end:
                gaps += [(a, b) for a, b in ((start, offset), (end, stop)) if a < b]
            elif start < stop:
                gaps.append((start, stop))
        self._gaps = gaps

    async def send(self, piece: Piece) -> None:
        if self._is_there or self._macs.has(piece.offset):
            return
        # It may come again without having been handed out again, or after all began anew.
        if (piece.offset, piece.length) in self._again:
            self._again.remove((piece.offset, piece.length))
            heapq.heapify(self._again)
        self._cut(piece.offset, piece.offset + piece.length)
        key = self._key
        self._out.add(piece.offset)
        try:
            await self._wait_for_others(piece)
            await self._post(piece)
        except BaseException as error:
            # The last bytes may have been these, and another piece's answer has told that all is there.
            if self._token and isinstance(error, CloudError):
                return
            if self._key is key and not self._token:
                heapq.heappush(self._again, (piece.offset, piece.length))
            raise
        finally:
            self._out.discard(piece.offset)
            async with self._moved:
                self._moved.notify_all()

    async def _wait_for_others(self, piece: Piece) -> None:
        """A piece far ahead waits for one that is slow."""
        async with self._moved:
            await self._moved.wait_for(lambda: piece.offset - min(self._out) < _WIDEST)

    async def _address(self) -> str:
        """Where to send; asked for once, and kept before the first byte goes there."""
        async with self._naming:
            if not self._url:
                command = {"a": "u", "s": self._item.size, "ssl": 2, "v": 3}
                try:
                    answer = await self._session.api.one(command)
                except CloudFull:
                    raise CloudFull(cloud=NAME, need=self._item.size) from None
                named = answer.get("p") if isinstance(answer, dict) else None
                self._url = self._session.api.storage(named)
                await self._item.keep(self.state)
            return self._url

    async def _post(self, piece: Piece) -> None:
        url = f"{await self._address()}/{piece.offset}"
        key = self._key
        encryption = Encryption(key, self._nonce, piece.offset)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(piece.length)}
        async with aclosing(self._sealed(piece, encryption)) as sealed:
            content: Content = sealed
            if piece.length <= _CHECKED:
                # Storage compares it; it stands before the first byte, so only small pieces have it.
                content = b"".join([data async for data in sealed])
                url += f"?d={to_text(xor_columns(content))}"
            answer = await self._session.api.web.ask(
                "POST", url, headers=headers, content=content, limit=_LONGEST_ANSWER
            )
        if self._key is not key:
            raise UploadLost(cloud=NAME)
        self._take(answer)
        self._macs.add(piece.offset, piece.offset + piece.length, encryption.finish())

    async def _sealed(self, piece: Piece, encryption: Encryption) -> AsyncGenerator[bytes]:
        """The piece's bytes, encrypted while they are read: a step takes a millisecond a MiB, and the
        library holds the interpreter meanwhile, so a thread would gain nothing."""
        at = piece.offset
        source = self._item.source.read(piece.offset, piece.length)
        try:
            async for data in source:
                self._sample.see(at, data)
                at += len(data)
                yield encryption.update(data)
        finally:
            if isinstance(source, AsyncGenerator):
                await source.aclose()

    def _take(self, answer: Answer) -> None:
        """What storage says of a piece: nothing yet, the token of the whole, or a number."""
        if is_dead(answer):
            self._start_over()
            raise UploadLost(cloud=NAME)
        if answer.status != 200:
            raise http_fault(answer)
        body = answer.body
        if body is not None and len(body) == _TOKEN:
            self._token = to_text(body)
        elif body not in (b"", b"0"):
            number = int(body) if body is not None and re.fullmatch(rb"-[0-9]{1,3}", body) else None
            error = unclear() if number is None else piece_fault(number, need=self._item.size)
            if isinstance(error, UploadLost):
                self._start_over()
            raise error

    # --- completing ----------------------------------------------------------------------------------

    async def close(self, *, keep: bool) -> Entry | None:
        if not keep:
            await self._throw_away()
            return None
        if self._entry is None:
            await self._compute_missing()
            self._entry = await self._complete()
        if self._reads_back:
            if self._reading is None:
                self._reading = Reading(self._session.api, self._entry)
            await read_back(self._reading)
        return self._entry

    async def _compute_missing(self) -> None:
        """MACs and spots of bytes that are there, but whose passing we have not seen to its end: their
        answer was lost, or it was an earlier start."""
        item = self._item
        if not self._token:
            self._start_over()
            raise UploadLost(cloud=NAME)
        for start, end in list(self._macs.gaps(item.size)):
            self._macs.add(start, end, await macs_of(self._key, self._nonce, item.source, start, end))
        if item.modified is not None:
            for start, length in self._sample.missing():
                at = start
                async for data in item.source.read(start, length):
                    self._sample.see(at, data)
                    at += len(data)

    async def _complete(self) -> Entry:
        """Make the node. The request is kept before it is made; one that was made before is looked for, then
        repeated as it was."""
        item = self._item
        repeated = self._number is not None
        if repeated:
            entry = await self._look()
            if entry is not None:
                return entry
        else:
            await self._session.check(item.folder)
            self._number = self._session.api.number()
            await item.keep(self.state)
        try:
            made = await self._put(repeated=repeated)
        except CloudRefused as refused:
            if refused.facts["status"] not in (Number.EXPIRED, Number.NOT_FOUND):
                raise
            # The folder or the token is gone; looking raises where it is the folder. The next request of
            # this upload is another one then.
            self._number = None
            await item.keep(self.state)
            await self._session.inside(item.folder)
            self._start_over()
            raise UploadLost(cloud=NAME) from None
        entry = await self._look() if repeated else made
        if entry is None:
            self._start_over()
            raise UploadLost(cloud=NAME)
        return entry

    async def _put(self, *, repeated: bool) -> Entry:
        item = self._item
        attributes = {"n": item.name, OWN_KEY: item.key}
        if item.modified is not None:
            attributes["c"] = fingerprint.write(self._sample.crc(), int(item.modified))
        key = FileKey(self._key, self._nonce, self._macs.meta()).packed
        node = {"h": self._token, "t": FILE}
        return await self._session.put(
            item.folder, node, key, attributes, number=self._number, repeated=repeated
        )

    async def _look(self) -> Entry | None:
        """Our file in its folder, where an earlier completing came through."""
        item = self._item
        for entry in await self._session.inside(item.folder):
            if entry.key == item.key and entry.hashes.get("mac") == self._macs.meta().hex():
                return entry
        return None

    async def _throw_away(self) -> None:
        """Storage forgets by itself what never became a node."""
        entry = self._entry
        if entry is None and self._number is not None:
            try:
                entry = await self._look()
            except FolderGone:
                entry = None
        if entry is not None:
            await self._session.remove(entry.id)
        self._entry = self._reading = None
        self._start_over()
