"""What only an account's owner can read: the stand-in knows the master keys, for tests, and looks inside."""

from __future__ import annotations

import hashlib
import os
from typing import Any

from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.accounts import Account
from sandbox.clouds.mega.blobs import Blob, Piece
from sandbox.clouds.mega.nodes import Kind, Node, new_handle


def account(whose: Account) -> dict[str, Any]:
    """An account with its whole tree, parents before children."""
    return {
        "email": whose.email,
        "user": whose.user,
        "version": whose.version,
        "sessions": len(whose.sessions),
        "used": whose.tree.used(),
        "quota": whose.quota,
        "root": whose.tree.top(Kind.ROOT).handle,
        "rubbish": whose.tree.top(Kind.RUBBISH).handle,
        "nodes": [_node(whose, node) for node in whose.tree.in_order()],
    }


def _node(whose: Account, node: Node) -> dict[str, Any]:
    """A node with what only its owner can read: attributes, key, nonce, MAC."""
    found: dict[str, Any] = {
        "handle": node.handle,
        "parent": node.parent,
        "kind": node.kind.name.lower(),
        "size": node.size,
        "link": node.link,
    }
    if node.kind not in (Kind.FILE, Kind.FOLDER) or not whose.master:
        return found
    try:
        key = material = crypto.ecb_open(whose.master, crypto.unb64(node.key))
        if node.kind is Kind.FILE:
            key, nonce, mac = crypto.split_key(material)
            found |= {"nonce": nonce.hex(), "mac": mac.hex()}
        found["key"] = key.hex()
        found["attributes"] = crypto.open_attributes(key, crypto.unb64(node.attributes))
        found["name"] = found["attributes"].get("n")
    except ValueError:
        found["attributes"] = None  # one that a test made unreadable
    return found


def content(whose: Account, node: Node) -> dict[str, Any]:
    """A file's `size` and `chunks` (start, length, SHA-256 of the ciphertext); where bytes were kept,
    `sha256` of the plain content and whether its MAC agrees with the key. Raises LookupError for none."""
    if node.blob is None:
        raise LookupError("no file")
    chunks = node.blob.in_order()
    found: dict[str, Any] = {
        "size": node.size,
        "chunks": [[chunk.start, chunk.length, chunk.digest.hex()] for chunk in chunks],
        "kept": node.blob.kept,
    }
    if node.blob.kept and whose.master:
        key = crypto.split_key(crypto.ecb_open(whose.master, crypto.unb64(node.key)))
        plain = [crypto.crypt(key.key, key.nonce, chunk.start, chunk.data or b"") for chunk in chunks]
        found["sha256"] = hashlib.sha256(b"".join(plain)).hexdigest()
        found["mac_agrees"] = crypto.meta_mac(key.key, key.nonce, plain) == key.mac
    return found


def sealed(master: bytes, attributes: dict[str, Any], plain: bytes | None) -> Node:
    """A node as an honest client makes it, with no parent yet; a folder where there is no content."""
    if plain is None:
        material = key = os.urandom(16)
        node = Node(new_handle(), "", Kind.FOLDER)
    else:
        key, nonce = os.urandom(16), os.urandom(8)
        chunks = [plain[start:end] for start, end in crypto.boundaries(len(plain))]
        material = crypto.FileKey(key, nonce, crypto.meta_mac(key, nonce, chunks)).join()
        piece = Piece(0, len(plain), len(plain), keep=True, checked=False)
        piece.feed(crypto.crypt(key, nonce, 0, plain))
        blob = Blob(len(plain))
        for chunk in piece.chunks:
            blob.put(chunk)
        node = Node(new_handle(), "", Kind.FILE, blob=blob)
    node.attributes = crypto.b64(crypto.seal_attributes(key, attributes))
    node.key = crypto.b64(crypto.ecb_seal(master, material))
    return node
