"""What the API does with the tree: list, make, move, delete, rename, link."""

from __future__ import annotations

import time
from typing import Any

from sandbox.clouds.faults import Fault
from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.accounts import Account
from sandbox.clouds.mega.calls import Call, command
from sandbox.clouds.mega.errors import Number, Refused
from sandbox.clouds.mega.nodes import Kind, Node, is_handle, new_handle

_NEW = "xxxxxxxx"
_NODES_LIMIT = 2000


@command("f")
def _tree(call: Call) -> Any:
    if "p" in call.fields:
        account, node = call.state.linked(call.text("p"))
        return {"f": [node.shown(account.user)], "ok": [], "s": [], "u": [], "sn": call.state.events.now}
    account = call.account
    if "n" in call.fields:
        node = account.tree.get(call.fields["n"])
        wanted = list(account.tree.below(node.handle))
        if not call.number("r", 0):
            wanted = [node, *(found for found in wanted if found.parent == node.handle)]
    else:
        wanted = list(account.tree.in_order())
    links = [{"h": node.handle, "ph": node.link} for node in wanted if node.link is not None]
    found: dict[str, Any] = {
        "f": [node.shown(account.user) for node in wanted],
        "ok": [],
        "s": [],
        "u": [{"u": account.user, "c": 2, "m": account.email, "ts": int(time.time())}],
        "sn": call.state.events.now,
        "noc": 1,
    }
    return found | ({"ph": links} if links else {})


@command("p")
def _put(call: Call) -> Any:
    account = call.account
    target = account.tree.folder(call.fields.get("t"))
    wanted = call.fields.get("n")
    if not isinstance(wanted, list) or not wanted or len(wanted) > _NODES_LIMIT:
        raise Refused(Number.ARGS)
    made: list[Node] = []
    fresh: dict[str, Node] = {}  # by the handle that the client made up for a new folder
    for fields in wanted:
        if not isinstance(fields, dict):
            raise Refused(Number.ARGS)
        node = _new_node(call, account, fields)
        if "p" in fields:
            if fields["p"] not in fresh:
                raise Refused(Number.ARGS)
            node.parent = fresh[fields["p"]].handle
        else:
            node.parent = target.handle
        if node.kind is Kind.FOLDER and fields["h"] != _NEW:
            fresh[fields["h"]] = node
        made.append(node)
    if account.free() < sum(node.size for node in made):
        raise Refused(Number.OVER_QUOTA)
    for node in made:
        _bend(node, call.fault)
        account.tree.add(node)
    shown = [node.shown(account.user) for node in made]
    call.tell(account, {"a": "t", "t": {"f": shown}, "ou": account.user})
    return {"f": shown}


def _new_node(call: Call, account: Account, fields: dict[str, Any]) -> Node:
    """One node of `p`, not yet in the tree. Raises Refused."""
    kind = fields.get("t")
    if isinstance(kind, bool) or kind not in (Kind.FILE, Kind.FOLDER):
        raise Refused(Number.ARGS)
    attributes = call.raw(fields.get("a"))
    if len(attributes) % crypto.BLOCK:
        raise Refused(Number.ARGS)
    key = call.raw(fields.get("k"), 32 if kind == Kind.FILE else 16)
    if not any(key):
        raise Refused(Number.KEY)
    node = Node(new_handle(), "", Kind(kind), fields["a"], fields["k"])
    handle = fields.get("h")
    if node.kind is Kind.FOLDER:
        if not isinstance(handle, str) or len(handle) != len(_NEW):
            raise Refused(Number.ARGS)
    elif is_handle(handle):
        source = account.tree.get(handle)  # a copy
        if source.blob is None:
            raise Refused(Number.ARGS)
        node.blob = source.blob
    else:
        node.blob = call.state.completed(handle, account.user)
    return node


def _bend(node: Node, fault: Fault | None) -> None:
    """Faults that a client must notice when it reads back what it made."""
    if fault is not None and fault.kind == "lie_size":
        node.shown_size = node.size + fault.size
    if fault is not None and fault.kind == "change_key":
        key = crypto.unb64(node.key)
        node.key = crypto.b64(key[:-1] + bytes([key[-1] ^ 1]))


@command("m")
def _move(call: Call) -> Any:
    account = call.account
    node, target = account.tree.own(call.fields.get("n")), account.tree.folder(call.fields.get("t"))
    account.tree.move(node, target)
    call.tell(account, {"a": "d", "n": node.handle, "m": 1, "ou": account.user})
    moved = [found.shown(account.user) for found in account.tree.below(node.handle)]
    call.tell(account, {"a": "t", "t": {"f": moved}, "ou": account.user})
    return 0


@command("d")
def _delete(call: Call) -> Any:
    account = call.account
    node = account.tree.own(call.fields.get("n"))
    account.tree.remove(node)
    call.tell(account, {"a": "d", "n": node.handle, "ou": account.user})
    return 0


@command("a")
def _attributes(call: Call) -> Any:
    account = call.account
    node = account.tree.own(call.fields.get("n"))
    text = call.fields.get("at", call.fields.get("attr"))
    if len(call.raw(text)) % crypto.BLOCK:
        raise Refused(Number.ARGS)
    key = call.fields.get("key")
    if key is not None:
        call.raw(key, 32 if node.kind is Kind.FILE else 16)
        node.key = key
    assert isinstance(text, str)
    node.attributes = text
    call.tell(account, {"a": "u", "n": node.handle, "at": text, "u": account.user, "ts": node.changed})
    return 0


@command("l")
def _link(call: Call) -> Any:
    account = call.account
    node = account.tree.own(call.fields.get("n"))
    if node.kind is not Kind.FILE:
        raise Refused(Number.ACCESS)  # a folder must be shared first, which is not played
    if call.number("d", 0):
        if node.link is None:
            raise Refused(Number.NOENT)
        node.link = None
        return 0
    node.link = node.link or new_handle()
    call.tell(account, {"a": "ph", "h": node.handle, "ph": node.link})
    return node.link
