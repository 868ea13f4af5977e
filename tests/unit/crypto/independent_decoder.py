"""A second decoder, written from ``docs/block-format.md`` alone: no line of the product is used.

Slow and simple on purpose: whole blocks in memory, HKDF from HMAC by hand. `Refused.code` is the page's
section 7. It keeps the two honest: the page to the product, and the product to the page.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

from blake3 import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MIB4 = 4 * 1024 * 1024
GIB = 1024 * 1024 * 1024


class Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def need(condition: object, code: str = "damaged") -> None:
    if not condition:
        raise Refused(code)


# --- section 1 ---------------------------------------------------------------------------------------


def hkdf_extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.new(salt or bytes(48), ikm, hashlib.sha384).digest()


def hkdf_expand(prk: bytes, info: bytes, length: int) -> bytes:
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha384).digest()
        out, counter = out + block, counter + 1
    return out[:length]


class Floe:
    """One message: the header is checked on making it. `seg`: ENC_SEG_LEN."""

    def __init__(self, key: bytes, aad: bytes, header: bytes, seg: int = MIB4) -> None:
        self.seg, self.aad = seg, aad
        self.p = b"\0\0" + struct.pack(">II", seg, 32)
        need(len(header) == 74 and header[:10] == self.p)
        self.iv = header[10:42]
        need(hmac.compare_digest(self.kdf(key, b"HEADER_TAG:", 32), header[42:]))
        self.message_key = self.kdf(key, b"MESSAGE_KEY:", 48)

    def kdf(self, key: bytes, purpose: bytes, length: int) -> bytes:
        return hkdf_expand(key, self.p + self.iv + purpose + self.aad, length)

    def open(self, i: int, last: bool, segment: bytes, length: int) -> bytes:
        need(len(segment) == length)
        need(segment[:4] == (struct.pack(">I", length) if last else b"\xff\xff\xff\xff"))
        key = self.kdf(self.message_key, b"DEK:" + struct.pack(">Q", i & ~((1 << 20) - 1)), 32)
        aad = struct.pack(">Q", i) + (b"\1" if last else b"\0")
        try:
            return AESGCM(key).decrypt(segment[4:16], segment[16:], aad)
        except InvalidTag:
            raise Refused("damaged") from None


def open_single(key: bytes, aad: bytes, message: bytes) -> bytes:
    need(106 <= len(message) <= 74 + MIB4)
    return Floe(key, aad, message[:74]).open(0, True, message[74:], len(message) - 74)


# --- section 2 ---------------------------------------------------------------------------------------


def s_srv(uuid: str) -> bytes:
    if re.fullmatch("-".join(f"[0-9a-fA-F]{{{n}}}" for n in (8, 4, 4, 4, 12)), uuid):
        return bytes.fromhex(uuid.replace("-", ""))
    need(uuid, "uuid_refused")
    return uuid.encode()


def k_film(fid: bytes, s_priv: bytes, srv: bytes) -> bytes:
    return hkdf_expand(hkdf_extract(fid, s_priv + srv), b"reelkey/v1/film", 32)


def k_seal(fid: bytes, srv: bytes) -> bytes:
    return hkdf_expand(hkdf_extract(fid, srv), b"reelkey/v1/seal", 32)


def locator(fid: bytes, srv: bytes) -> bytes:
    k_loc = hkdf_expand(hkdf_extract(b"", srv), b"reelkey/v1/locator", 32)
    return hmac.new(k_loc, fid, hashlib.sha256).digest()


# --- sections 3 and 4 --------------------------------------------------------------------------------


def ceil_div(a: int, b: int) -> int:
    return -(-a // b)


@dataclass
class Plan:
    """Places of one film, each found by walking over all segments rather than by the page's formulas."""

    fid: bytes
    size: int
    rule: int
    seg: int = MIB4
    gib: int = GIB
    held: list[int] = field(default_factory=list)
    body: list[int] = field(default_factory=list)
    parts: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        plain = self.seg - 32
        self.n = max(1, ceil_div(self.size, plain))
        pending: list[int] = []
        place = 0
        for i in range(self.n):
            pending.append(i)
            if self.rule and (i % self.rule == 0 or i == self.n - 1):
                self.held.append(i)
                continue
            if place // self.gib == len(self.parts):
                self.parts.append([])
            self.body.append(i)
            self.parts[-1] += pending
            place += self.length(i)
            pending = []
        if not self.parts:
            self.parts.append([])
        self.parts[-1] += pending
        self.body_length = sum(self.length(i) for i in self.body)
        self.held_length = sum(self.length(i) for i in self.held)

    def length(self, i: int) -> int:
        plain = self.seg - 32
        return min(plain, self.size - i * plain) + 32

    def footer(self) -> bytes:
        start = b"\x8fRKPUB\r\n" + struct.pack(">HHI", 1, 1, 0) + self.fid
        start += struct.pack(">II", self.seg, self.rule)
        start += struct.pack(">QQQQI", self.size, self.n, len(self.held), self.body_length, 0)
        return start + struct.pack(">I", zlib.crc32(start))


def read_footer(data: bytes, seg: int, gib: int, foreign: str = "damaged") -> Plan:
    need(data[:8] == b"\x8fRKPUB\r\n", foreign)
    need(len(data) == 80 and zlib.crc32(data[:76]) == int.from_bytes(data[76:], "big"))
    need(struct.unpack(">HH", data[8:12]) == (1, 1), "newer_format")
    rule, size = struct.unpack(">IQ", data[36:48])
    need((rule == 0 or rule >= 16) and size <= 1 << 50)
    plan = Plan(data[16:32], size, rule, seg, gib)
    need(plan.footer() == data)
    return plan


# --- sections 5 and 6 --------------------------------------------------------------------------------


@dataclass
class Opened:
    film: bytes
    facts: dict[str, Any]
    plan: Plan
    digests: list[bytes]


def read_clear(private: bytes) -> tuple[int, int, int, bytes]:
    """(C, H, Y, body of the server stanza)"""
    need(private[:8] == b"\x8fRKKEY\r\n", "not_a_block")
    need(len(private) >= 96 and zlib.crc32(private[:92]) == int.from_bytes(private[92:96], "big"))
    version, suite, c = struct.unpack(">HHI", private[8:16])
    need((version, suite) == (1, 1), "newer_format")
    need(c % 4096 == 0 and 4096 <= c <= 65536 and len(private) >= c)
    h, y, count, length, flags = struct.unpack(">QQIII", private[64:92])
    need(flags == 0 and y and count and 96 + length <= c and c + h + y == len(private))
    stanzas: list[tuple[int, bytes]] = []
    place = 96
    while place < 96 + length:
        kind, zero, body = struct.unpack(">HHI", private[place : place + 8].ljust(8, b"\xff"))
        need(zero == 0 and place + 8 + body <= 96 + length)
        stanzas.append((kind, private[place + 8 : place + 8 + body]))
        place += 8 + body
    need(len(stanzas) == count and private[place:c] == bytes(c - place))
    server = [body for kind, body in stanzas if kind == 1]
    need(len(server) == 1 and len(server[0]) == 138)
    return c, h, y, server[0]


def open_blocks(public: bytes, private: bytes, uuid: str, seg: int = MIB4, gib: int = GIB) -> Opened:
    c, h, y, stanza = read_clear(private)
    fid, srv = private[16:32], s_srv(uuid)
    need(hmac.compare_digest(locator(fid, srv), private[32:64]), "wrong_uuid")

    payload_key = open_single(k_seal(fid, srv), private[:96], stanza)
    payload = open_single(payload_key, private[:c], private[c + h : c + h + y])
    need(len(payload) > 192)
    plan = read_footer(payload[:80], seg, gib)
    kind, p = struct.unpack(">HI", payload[186:192])
    need(kind == 1, "newer_format")
    need(plan.fid == fid and plan.held_length == h and p == len(plan.parts) and len(payload) > 192 + 32 * p)
    digests = [payload[192 + 32 * k : 224 + 32 * k] for k in range(p)]
    facts = json.loads(payload[192 + 32 * p :])
    need(facts["public_size"] == plan.body_length + 80)

    aad = hashlib.sha256(payload[:76]).digest()
    floe = Floe(k_film(fid, payload[80:112], srv), aad, payload[112:186], seg)
    if public[-80:] != payload[:80]:
        need(read_footer(public[-80:], seg, gib).fid == fid, "wrong_pair")
        raise Refused("damaged")
    need(len(public) == plan.body_length + 80)

    sealed: dict[int, bytes] = {}
    for area, start, indices in ((private, c, plan.held), (public, 0, plan.body)):
        place = start
        for i in indices:
            sealed[i] = area[place : place + plan.length(i)]
            place += plan.length(i)
    film = b""
    for part, digest in zip(plan.parts, digests, strict=True):
        plain = b"".join(floe.open(i, i == plan.n - 1, sealed[i], plan.length(i)) for i in part)
        need(blake3(plain).digest() == digest)
        film += plain
    return Opened(film, facts, plan, digests)
