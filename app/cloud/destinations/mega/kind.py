"""MEGA as data."""

from __future__ import annotations

from collections.abc import Mapping

from app.cloud.destinations.mega.account import Session
from app.cloud.destinations.mega.api import origin_of
from app.cloud.destinations.mega.contents import MacHasher
from app.cloud.destinations.mega.destination import MegaDestination
from app.cloud.destinations.mega.faults import NAME
from app.cloud.destinations.mega.sign_in import Keys, sign_in, sign_out
from app.cloud.kind import Abilities, Credentials, Kind, Surroundings
from app.cloud.options import BANDWIDTH, Effect, Form, Option, When, files_at_once
from app.domain.words import N_

_FILES_AT_ONCE = 4
_OPTIONS = (
    Option(
        "email",
        Form.TEXT,
        N_("E-mail address"),
        N_("The address of your MEGA account"),
        when=When.SIGN_IN,
        required=True,
    ),
    Option(
        "password",
        Form.SECRET,
        N_("Password"),
        N_("The password of your MEGA account; it is used once and not kept"),
        when=When.SIGN_IN,
        required=True,
    ),
    Option(
        "code",
        Form.SECRET,
        N_("Six digits"),
        N_("From your authenticator, where the account asks for them; empty: you are asked when it does"),
        when=When.SIGN_IN,
    ),
    BANDWIDTH,
    files_at_once(_FILES_AT_ONCE),
    Option(
        "pieces-at-once",
        Form.NUMBER,
        N_("Connections a file"),
        N_("How many parts of one file are sent side by side"),
        default="3",
        least=1,
        most=8,
        effect=Effect.AT_ONCE,
    ),
    Option(
        "read-back",
        Form.FLAG,
        N_("Read back and compare"),
        N_("Each file is read back from MEGA before it counts as done; counts as a download of the account"),
        default="off",
        effect=Effect.CONNECTION,
    ),
)


def connect(
    options: Mapping[str, str], credentials: Credentials, surroundings: Surroundings
) -> MegaDestination:
    """The account of these credentials. Raises SignInExpired where they are not whole."""
    origin, keys = origin_of(surroundings.env), Keys.read(credentials)
    session = Session(origin, keys, surroundings.pace, surroundings.stall)
    return MegaDestination(session, reads_back=options.get("read-back") == "on")


KIND = Kind(
    id="mega",
    title=NAME,
    icon="cloud",
    abilities=Abilities(
        hashers={"mac": lambda entry: MacHasher(entry.private)},
        pieces_at_once=3,
        files_at_once=_FILES_AT_ONCE,
        hashes_contents=False,
    ),
    options=_OPTIONS,
    sign_in=sign_in,
    connect=connect,
    sign_out=sign_out,
    home="https://mega.nz/fm",
)
