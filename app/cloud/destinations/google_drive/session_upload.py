"""A large file in a session: it lasts a week, and goes on at the byte where Google stands.

Google keeps what it likes of what is sent and says so (308 with a Range, which may lie before what it had
said earlier); after any failure it is asked where it stands before more is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.cloud.destination import Entry, Piece, State
from app.cloud.destinations.google_drive.answers import refuse, unclear
from app.cloud.destinations.google_drive.hosts import CLOUD
from app.cloud.destinations.google_drive.sending import GONE, Kept, Sending
from app.domain.errors import FolderGone, UploadLost
from app.domain.words import N_
from app.net.answers import Answer

#: Every piece but the last is a multiple of this.
GRAIN = 256 * 1024
#: Sent as one request, streamed: long enough that its answer costs nothing, short enough that a broken
#: connection's proxy, or the token, does not outlive it by much.
PIECE = 256 * 1024 * 1024

_RANGE = re.compile(r"bytes=0-([0-9]{1,18})")
_PATIENCE = 3


class SessionUpload:
    """One piece at a time. `done` is what Google said last."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._size = sending.item.size
        self._done = 0
        self._furthest = 0
        self._stuck = 0
        self._sure = False
        self._handed = False

    async def begin(self, kept: Kept | None) -> None:
        """A new session, or where the kept one stands."""
        self._sending.kept = kept
        if kept is None or not await self._where():
            await self._new_session()

    async def _new_session(self) -> None:
        """Begin from the first byte, under the id that was kept, where there is one."""
        files = self._sending.files
        kept = self._sending.kept
        file_id = kept.id if kept else await files.next_id()
        answer = await files.api.ask(
            "POST",
            files.api.hosts.uploads,
            query=files.upload_query("resumable"),
            json=self._sending.metadata(file_id),
            headers={
                "X-Upload-Content-Type": self._sending.media_type,
                "X-Upload-Content-Length": str(self._size),
            },
        )
        if answer.status == 409:
            self._sending.kept = Kept(file_id, self._size)
            await self._sending.settle_conflict()
            self._complete()
            return
        if answer.status == 404:
            raise FolderGone(cloud=CLOUD)
        if not 200 <= answer.status < 300:
            refuse(answer, need=self._size)
        session = answer.headers.get("Location", "")
        if not files.api.hosts.is_session(session):
            unclear(N_("The upload was to go to another place than Google's"))
        await self._sending.keep(Kept(file_id, self._size, session))
        self._done, self._sure = 0, True

    async def _where(self) -> bool:
        """Ask the session where it stands. False where it is gone and the file is not there: the next step
        begins anew."""
        kept, api = self._sending.kept, self._sending.files.api
        if kept is None:
            return False
        if api.hosts.is_session(kept.session):
            headers = {"Content-Range": f"bytes */{self._size}", "Content-Length": "0"}
            answer = await api.ask("PUT", kept.session, headers=headers)
            if answer.status not in GONE | {400}:
                await self._take(answer, self._size)
                return True
        return await self._there_without(kept)

    async def _there_without(self, kept: Kept) -> bool:
        """Whether the file is there without its session, which is forgotten some time after it was completed.
        Where it isn't, the next step begins anew."""
        if await self._sending.find(kept):
            self._complete()
            return True
        still = self._sending.kept  # None where the id is another file's by now
        self._sending.kept = Kept(still.id, still.size) if still else None
        self._done, self._furthest, self._stuck, self._sure = 0, 0, 0, False
        return False

    def _complete(self) -> None:
        self._done, self._sure = self._size, True

    async def _take(self, answer: Answer, most: int) -> None:
        """Where the upload stands after an answer; no more than `most` bytes can be there."""
        if answer.status in (200, 201):
            await self._sending.completed(answer)
            self._complete()
            return
        if answer.status != 308:
            refuse(answer, need=self._size)
        given = answer.headers.get("Range")
        found = _RANGE.fullmatch(given.strip().replace("bytes 0-", "bytes=0-")) if given else None
        stands = int(found[1]) + 1 if found else 0
        if (given and found is None) or stands > most:
            unclear(N_("Google Drive says it has more than was sent"))
        self._done, self._sure = stands, True

    @property
    def state(self) -> State:
        return self._sending.kept.state() if self._sending.kept else {}

    @property
    def done(self) -> int:
        return self._done

    @property
    def digests(self) -> Mapping[str, str]:
        return self._sending.hashes

    def next_piece(self) -> Piece | None:
        if self._handed or self._sending.entry or self._done >= self._size:
            return None
        self._handed = True
        return Piece(self._done, min(PIECE, self._size - self._done))

    async def send(self, piece: Piece) -> None:
        """Up to the piece's end, from wherever Google stands."""
        try:
            for _ in range(2):
                if not self._sure:
                    await self._become_sure()
                if self._sending.entry or await self._put(piece.offset + piece.length):
                    return
            # Twice refused, with a new token between.
            unclear(N_("Google Drive does not take the sign-in for this upload"))
        finally:
            self._handed = False

    async def _become_sure(self) -> None:
        kept = self._sending.kept
        if kept is None or not kept.session:
            await self._new_session()
        elif not await self._where():
            raise UploadLost(cloud=CLOUD)

    async def _put(self, end: int) -> bool:
        """Send up to `end`. False where the token was refused: it is a new one now."""
        kept, start = self._sending.kept, self._done
        length = end - start
        if end < self._size:
            length -= length % GRAIN
        if kept is None or length <= 0:
            return True
        source, digests = self._sending.item.source, self._sending.digests
        await digests.catch_up(source, start)
        self._sure = False
        answer = await self._sending.files.api.ask(
            "PUT",
            kept.session,
            headers={
                "Content-Length": str(length),
                "Content-Range": f"bytes {start}-{start + length - 1}/{self._size}",
            },
            content=lambda: digests.through(start, source.read(start, length)),
            again=lambda: False,
        )
        if answer.status == 401:
            return False
        if answer.status == 409:
            await self._sending.settle_conflict()
            self._complete()
            return True
        if answer.status in GONE:
            if await self._there_without(kept):
                return True
            raise UploadLost(cloud=CLOUD)
        await self._take(answer, start + length)
        self._notice_progress()
        return True

    def _notice_progress(self) -> None:
        """Going back once is Google's right; never getting further is not."""
        if self._done > self._furthest:
            self._furthest, self._stuck = self._done, 0
            return
        self._stuck += 1
        if self._stuck >= _PATIENCE:
            self._stuck = 0
            unclear(N_("Google Drive keeps nothing of what is sent"))

    async def close(self, *, keep: bool) -> Entry | None:
        if not keep:
            await self._sending.remove(self._sending.kept)
            return None
        if self._sending.entry is None and not await self._where():
            raise UploadLost(cloud=CLOUD)
        if self._sending.entry is None:
            unclear(N_("Google Drive has not completed the file"))
        return await self._sending.finish()
