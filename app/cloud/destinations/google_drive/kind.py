"""Google Drive as a kind of cloud: what it asks, signing in and out.

Sign-in is by a client of the person's own organisation ("Desktop app" in Google's console), in the system's
browser, for files that Reelkey makes (scope ``drive.file``): it can't see any other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from app.cloud.destinations.google_drive.answers import object_of, refuse
from app.cloud.destinations.google_drive.api import Api
from app.cloud.destinations.google_drive.drive import LARGEST, GoogleDrive
from app.cloud.destinations.google_drive.files import Files, account_of
from app.cloud.destinations.google_drive.hosts import CLOUD, Hosts, hosts_of
from app.cloud.kind import Abilities, Asking, Credentials, Kind, SignedIn, Surroundings
from app.cloud.oauth import authorize
from app.cloud.options import BANDWIDTH, Effect, Form, Option, When, files_at_once
from app.cloud.tokens import Keeper, Tokens, ask_tokens
from app.cloud.web import Web
from app.domain.errors import SignInRefused
from app.domain.words import N_

SCOPE = "https://www.googleapis.com/auth/drive.file"
#: Seconds without a byte. Google takes its time with the last piece of a large file.
STALL = 120.0
# Together with what names the fields, within what an entry of a keyring holds.
_ROOM = 1100
_FILES_AT_ONCE = 4

OPTIONS = (
    Option(
        "client-id",
        Form.TEXT,
        N_("Client ID"),
        N_("Of a “Desktop app” client in your organisation's Google Cloud console"),
        when=When.SIGN_IN,
        required=True,
    ),
    Option(
        "client-secret",
        Form.SECRET,
        N_("Client secret"),
        N_("Stands beside the client ID in the console"),
        when=When.SIGN_IN,
        required=True,
    ),
    Option(
        "shared-drive",
        Form.TEXT,
        N_("Shared drive"),
        N_("Its ID or address; empty: My Drive"),
        effect=Effect.PLACE,
    ),
    BANDWIDTH,
    files_at_once(_FILES_AT_ONCE),
)


async def sign_in(options: Mapping[str, str], env: Mapping[str, str], asking: Asking) -> SignedIn:
    """In the system's browser. Raises SignInRefused, CloudUnreachable and its like."""
    hosts = hosts_of(env)
    client = {"client_id": options["client-id"].strip(), "client_secret": options["client-secret"].strip()}
    query = {
        "client_id": client["client_id"],
        "scope": SCOPE,
        # Without these two there is no lasting token for one who has said yes before.
        "access_type": "offline",
        "prompt": "consent",
    }
    code = await authorize(CLOUD, hosts.consent, query, asking)
    web = Web(CLOUD, hosts.api, stall=STALL)
    try:
        form = {
            "grant_type": "authorization_code",
            "code": code.code,
            "redirect_uri": code.redirect,
            "code_verifier": code.verifier,
            **client,
        }
        tokens = await ask_tokens(web, CLOUD, hosts.token, form)
        _check(tokens)
        return SignedIn(await _name(web, hosts, tokens), _credentials(client, tokens))
    finally:
        await web.aclose()


def _check(tokens: Tokens) -> None:
    """A person can say yes to signing in and leave the box of the files empty."""
    if not tokens.refresh:
        raise SignInRefused(cloud=CLOUD, reason=N_("it gave no lasting sign-in"))
    if tokens.scopes is not None and SCOPE not in tokens.scopes:
        raise SignInRefused(
            cloud=CLOUD, reason=N_("access to files was not allowed: tick it on Google's page")
        )


async def _name(web: Web, hosts: Hosts, tokens: Tokens) -> str:
    answer = await web.ask(
        "GET",
        f"{hosts.drive}/about",
        query={"fields": "user(emailAddress)"},
        headers={"Authorization": f"Bearer {tokens.access}"},
    )
    return account_of(object_of(answer))[0]


def _credentials(client: Mapping[str, str], tokens: Tokens) -> Credentials:
    """What is kept. An access token that is too long for the keyring is left away: it is fetched again."""
    kept = {
        "client-id": client["client_id"],
        "client-secret": client["client_secret"],
        "refresh": tokens.refresh,
    }
    whole = {**kept, "access": tokens.access, "expires": str(int(tokens.expires))}
    return whole if sum(len(name) + len(value) + 6 for name, value in whole.items()) <= _ROOM else kept


def connect(options: Mapping[str, str], credentials: Credentials, around: Surroundings) -> GoogleDrive:
    """The account's drive, or the shared drive that its options name."""
    hosts = hosts_of(around.env)
    stall = STALL if around.stall is None else around.stall
    web = Web(CLOUD, hosts.api, stall=stall, pace=around.pace)
    client = {
        "client_id": credentials.get("client-id", ""),
        "client_secret": credentials.get("client-secret", ""),
    }

    async def keep(tokens: Tokens) -> None:
        await around.save(_credentials(client, tokens))

    expires = credentials.get("expires", "")
    tokens = Tokens(
        access=credentials.get("access", ""),
        expires=float(expires) if re.fullmatch(r"[0-9]{1,12}", expires) else 0.0,
        refresh=credentials.get("refresh", ""),
    )
    api = Api(web, Keeper(web, CLOUD, hosts.token, client, tokens, keep), hosts)
    shared = _drive_id(options.get("shared-drive", ""))
    return GoogleDrive(Files(api, shared), shared=bool(shared), notes=around.notes)


def _drive_id(given: str) -> str:
    """A shared drive's id; people copy its whole address."""
    found = re.search(r"/folders/([A-Za-z0-9_-]+)", given)
    return found[1] if found else given.strip()


async def sign_out(options: Mapping[str, str], credentials: Credentials, env: Mapping[str, str]) -> None:
    """Google forgets the sign-in; one that it has forgotten already is as good."""
    hosts = hosts_of(env)
    web = Web(CLOUD, hosts.api, stall=STALL)
    try:
        answer = await web.ask("POST", hosts.revoke, form={"token": credentials.get("refresh", "")})
        if answer.status not in (200, 400):
            refuse(answer)
    finally:
        await web.aclose()


KIND = Kind(
    id="google-drive",
    title=CLOUD,
    icon="hard-drive",
    home="https://drive.google.com/drive/my-drive",
    abilities=Abilities(
        hashers={
            "sha256": lambda _: hashlib.sha256(),
            "md5": lambda _: hashlib.md5(usedforsecurity=False),
        },
        pieces_at_once=1,
        files_at_once=_FILES_AT_ONCE,
        requests_per_second=200.0,  # 12,000 a minute
        largest=LARGEST,
    ),
    options=OPTIONS,
    sign_in=sign_in,
    connect=connect,
    sign_out=sign_out,
)
