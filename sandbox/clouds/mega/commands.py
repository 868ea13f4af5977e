"""What the API does with accounts and content; all commands, found by their names."""

from __future__ import annotations

import time
from typing import Any

from sandbox.clouds.mega import crypto, tree_commands
from sandbox.clouds.mega.blobs import new_upload
from sandbox.clouds.mega.calls import COMMANDS, Call, command
from sandbox.clouds.mega.errors import Number, Refused
from sandbox.clouds.mega.nodes import Kind

__all__ = ["COMMANDS", "tree_commands"]

_FILE_LIMIT = 1 << 50


# --- accounts ----------------------------------------------------------------------------------------


@command("us0")
def _before_sign_in(call: Call) -> Any:
    account = call.state.accounts.by_email(call.text("user"))
    # Who isn't known looks like an old account, so that nobody learns which addresses have one.
    if account is None or account.version == 1:
        return {"v": 1}
    return {"v": 2, "s": crypto.b64(account.salt)}


@command("us")
def _sign_in(call: Call) -> Any:
    if "user" not in call.fields:
        account = call.account  # a session asks who it is
        return {"u": account.user, "k": account.sealed_master, "privk": account.sealed_private}
    user = call.text("user")
    anonymous = call.state.accounts.anonymous(user)
    if anonymous is not None:
        call.state.accounts.hold_session(anonymous, anonymous.session_challenge)
        return {"tsid": anonymous.session_challenge, "k": anonymous.sealed_master, "u": anonymous.user}
    account_or_none = call.state.accounts.by_email(user) if user == user.lower() else None
    if account_or_none is None or call.text("uh") != account_or_none.shown or account_or_none.rsa is None:
        raise Refused(Number.NOENT)
    account = account_or_none
    if account.blocked:
        raise Refused(Number.BLOCKED)
    if account.code is not None:
        if "mfa" not in call.fields:
            raise Refused(Number.MFA_REQUIRED)
        if call.fields["mfa"] != account.code:
            raise Refused(Number.FAILED)
    session = call.state.accounts.begin_session(account)
    return {
        "csid": crypto.b64(account_or_none.rsa.seal_session(session)),
        "privk": account.sealed_private,
        "k": account.sealed_master,
        "u": account.user,
        "ach": 1,
    }


@command("up")
def _begin_anonymous(call: Call) -> Any:
    if call.sid is not None:
        raise Refused(Number.ACCESS)  # changing an account's own key is not played
    call.raw(call.fields.get("k"), 16)
    call.raw(call.fields.get("ts"), 32)
    return call.state.accounts.make_anonymous(call.text("k"), call.text("ts")).user


@command("sml")
def _sign_out(call: Call) -> Any:
    _ = call.account
    assert call.sid is not None
    call.state.accounts.end_session(call.sid)
    return 0


@command("ug")
def _who(call: Call) -> Any:
    account = call.account
    found: dict[str, Any] = {
        "u": account.user,
        "s": 1,
        "k": account.sealed_master,
        "c": 1 if account.email else 0,
    }
    if account.email:
        found |= {"email": account.email, "name": account.email.partition("@")[0]}
        found["privk"] = account.sealed_private
    return found | {"ts": int(time.time())}


@command("uq")
def _quota(call: Call) -> Any:
    account = call.account
    tree = account.tree
    found: dict[str, Any] = {"mstrg": account.quota}
    if call.number("strg", 0):
        found["cstrg"] = tree.used()
        found["cstrgn"] = {}
        for kind in (Kind.ROOT, Kind.INBOX, Kind.RUBBISH):
            top = tree.top(kind)
            below = [node for node in tree.below(top.handle) if node is not top]
            files = [node.size for node in below if node.kind is Kind.FILE]
            found["cstrgn"][top.handle] = [sum(files), len(files), len(below) - len(files), 0, 0]
    if call.number("xfer", 0):
        found |= {"tal": 0, "tah": [0] * 6, "tar": 0, "bt": 0, "caxfer": 0, "csxfer": 0, "srvratio": 0}
    if call.number("pro", 0):
        found["utype"] = 0
    return found


# --- content -----------------------------------------------------------------------------------------


@command("u")
def _upload(call: Call) -> Any:
    account = call.account
    size = call.number("s", -1)
    if not 0 <= size <= _FILE_LIMIT or call.number("ssl", 0) not in (0, 1, 2):
        raise Refused(Number.ARGS)
    if account.free() < size:
        raise Refused(Number.OVER_QUOTA)
    upload = new_upload(account.user, size, call.number("v", 1))
    call.state.begin(upload)
    return {"p": f"{call.origin}/ul/{upload.token}"}


@command("g")
def _download(call: Call) -> Any:
    if "p" in call.fields:
        _, node = call.state.linked(call.text("p"))
    else:
        node = call.account.tree.get(call.fields.get("n"))
    if node.kind is not Kind.FILE or node.blob is None:
        raise Refused(Number.ARGS)
    size = node.size if node.shown_size is None else node.shown_size
    found: dict[str, Any] = {"s": size, "at": node.attributes, "msd": 1, "tl": 0}
    if call.number("g", 0):
        url = f"{call.origin}/dl/{call.state.offer(node.blob)}"
        found["g"] = [url] if call.number("v", 1) >= 2 else url
    return found
