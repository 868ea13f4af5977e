"""MEGA's calls by hand: no client, nothing tried again, so that tests see each answer as it is."""

from __future__ import annotations

import json
import os
from types import TracebackType
from typing import Any, Self

import httpx2

from sandbox.clouds.mega import crypto

KEY, NONCE = bytes(range(16)), bytes(range(16, 24))


class Calls:
    """One session's calls. `sid` and `master` are known once it is signed in."""

    def __init__(self, origin: str) -> None:
        # Nothing to verify on plain HTTP; reading the system's certificates would take 70 ms each time.
        self._http = httpx2.Client(base_url=origin, trust_env=False, verify=False, timeout=20)
        self.number = int.from_bytes(os.urandom(3), "big")
        self.sid = ""
        self.master = b""
        self.user = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def raw(self, body: str | bytes, **more: Any) -> httpx2.Response:
        """One request to /cs; `id`, `sid` and `headers` may be given."""
        self.number += 1
        query = {"id": str(more.get("id", self.number))}
        if sid := more.get("sid", self.sid):
            query["sid"] = sid
        content = body.encode() if isinstance(body, str) else body
        return self._http.post("/cs", params=query, content=content, headers=more.get("headers"))

    def many(self, *commands: dict[str, Any], **more: Any) -> Any:
        """Several commands in one request; the decoded answer."""
        return self.raw(json.dumps(commands), **more).json()

    def one(self, command: str, /, **fields: Any) -> Any:
        """One command; its answer, or the number that the whole request was answered with."""
        answer = self.many({"a": command, **fields})
        return answer[0] if isinstance(answer, list) else answer

    def sign_in(self, email: str, password: str, **more: Any) -> None:
        """As clients do, by the stand-in's own cryptography."""
        before = self.one("us0", user=email)
        if before["v"] == 1:
            key = crypto.v1_key(password)
            shown = crypto.v1_hash(email, key)
        else:
            key, seen = crypto.v2_keys(password, crypto.unb64(before["s"]))
            shown = crypto.b64(seen)
        answer = self.one("us", user=email, uh=shown, **more)
        assert isinstance(answer, dict), answer
        self.master = crypto.ecb_open(key, crypto.unb64(answer["k"]))
        self.user = answer["u"]
        self.sid = _session(answer["csid"], crypto.ecb_open(self.master, crypto.unb64(answer["privk"])))

    def root(self) -> str:
        """The root's handle."""
        return next(str(node["h"]) for node in self.one("f", c=1)["f"] if node["t"] == 2)

    def folder(self, parent: str, name: str, **more: Any) -> Any:
        """Make a folder; the answer to `p`."""
        key = os.urandom(16)
        return self.one("p", t=parent, n=[self.node(key, key, "xxxxxxxx", 1, name)], **more)

    def node(self, key: bytes, material: bytes, handle: str, kind: int, name: str) -> dict[str, Any]:
        """One node of `p`."""
        attributes = crypto.b64(crypto.seal_attributes(key, {"n": name}))
        return {
            "h": handle,
            "t": kind,
            "a": attributes,
            "k": crypto.b64(crypto.ecb_seal(self.master, material)),
        }

    def upload(self, size: int, **more: Any) -> str:
        """Ask for an upload address."""
        answer = self.one("u", s=size, **more)
        assert isinstance(answer, dict), answer
        return str(answer["p"])

    def piece(self, url: str, offset: int, data: bytes, **query: str) -> httpx2.Response:
        return self._http.post(f"{url}/{offset}", content=data, params=query)

    def get(self, url: str) -> httpx2.Response:
        return self._http.get(url)

    def post(self, url: str, **query: str) -> httpx2.Response:
        return self._http.post(url, params=query)

    def file(self, parent: str, name: str, plain: bytes) -> Any:
        """Upload a file in one piece and make its node; the answer to `p`."""
        url = self.upload(len(plain))
        handle = self.piece(url, 0, crypto.crypt(KEY, NONCE, 0, plain)).text
        return self.put(parent, name, handle, plain)

    def put(self, parent: str, name: str, handle: str, plain: bytes, **more: Any) -> Any:
        """Make the node of an upload that is complete; the answer to `p`."""
        chunks = [plain[start:end] for start, end in crypto.boundaries(len(plain))]
        material = crypto.FileKey(KEY, NONCE, crypto.meta_mac(KEY, NONCE, chunks)).join()
        return self.one("p", t=parent, n=[self.node(KEY, material, handle, 0, name)], **more)


def _session(csid: str, private: bytes) -> str:
    numbers: list[int] = []
    at = 0
    for _ in range(3):
        length = (int.from_bytes(private[at : at + 2], "big") + 7) // 8
        numbers.append(int.from_bytes(private[at + 2 : at + 2 + length], "big"))
        at += 2 + length
    p, q, d = numbers
    sealed = int.from_bytes(crypto.unb64(csid)[2:], "big")
    by_p, by_q = pow(sealed, d % (p - 1), p), pow(sealed, d % (q - 1), q)
    plain = by_q + (by_p - by_q) * pow(q, -1, p) % p * q
    return crypto.b64(plain.to_bytes((plain.bit_length() + 7) // 8, "big")[:43])
