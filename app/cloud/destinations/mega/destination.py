"""An account at MEGA as a destination."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Collection, Sequence

from app.cloud.destination import NOTHING, Account, Entry, Outgoing, State
from app.cloud.destinations.mega.account import Session
from app.cloud.destinations.mega.api import Api
from app.cloud.destinations.mega.faults import unclear
from app.cloud.destinations.mega.keys import FOLDER_KEY
from app.cloud.destinations.mega.tree import FOLDER, OWN_KEY
from app.cloud.destinations.mega.uploading import MegaUpload


class MegaDestination:
    """See `app.cloud.destination.Destination`. Folder ids are node handles. `reads_back`: a file is done once
    its bytes were read back and compared."""

    def __init__(self, session: Session, *, reads_back: bool = False) -> None:
        self.session = session
        self._reads_back = reads_back

    @property
    def api(self) -> Api:
        return self.session.api

    async def account(self) -> Account:
        user, quota = await self.api.ask({"a": "ug"}, {"a": "uq", "strg": 1})
        if not isinstance(user, dict) or not isinstance(quota, dict):
            raise unclear()
        email = user.get("email")
        return Account(
            name=email if isinstance(email, str) else "",
            total=_bytes(quota.get("mstrg")),
            used=_bytes(quota.get("cstrg")),
        )

    async def list(self, folder: str, lately: Collection[str] = ()) -> AsyncIterator[Entry]:
        """What was made is in the tree at once."""
        for entry in await self.session.inside(folder):
            yield entry

    async def folder(self, parent: str, name: str, key: str, *, keep: bool = True) -> Entry:
        """Ours by its key, which has another name by now perhaps; else one of that name; else made."""
        entries = [one for one in await self.session.inside(parent) if one.is_folder]
        if not keep:
            return await self._throw_away([one for one in entries if (one.key, one.name) == (key, name)])
        found = [one for one in entries if one.key == key] or [one for one in entries if one.name == name]
        if found:
            return min(found, key=lambda one: one.id)
        attributes = {"n": name, OWN_KEY: key}
        made = {"h": "xxxxxxxx", "t": FOLDER}
        return await self.session.put(parent, made, secrets.token_bytes(FOLDER_KEY), attributes)

    async def _throw_away(self, folders: Sequence[Entry]) -> Entry:
        """Those that are empty. What can't be decrypted counts as something."""
        left = NOTHING
        for folder in folders:
            tree = await self.session.tree()
            if tree.rubbish and not tree.inside(folder.id):
                await self.session.throw_into_rubbish(folder.id)
            else:
                left = folder
        return left

    async def open(self, item: Outgoing, state: State | None) -> MegaUpload:
        upload = MegaUpload(self.session, item, state, reads_back=self._reads_back)
        await upload.begin()
        return upload

    async def aclose(self) -> None:
        await self.api.aclose()


def _bytes(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
