"""The package's edge: what httpx2, TLS and sockets raise becomes ServerUnreachable, with a reason for
people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.errors import ServerUnreachable
from app.domain.words import tr
from app.net.foreign import FOREIGN, reason


@contextmanager
def foreign_errors(server: str) -> Iterator[None]:
    """Run a block that talks to `server` (its origin); raises ServerUnreachable for all that goes wrong."""
    try:
        yield
    except FOREIGN as error:
        # `from None`: a printed trace must not show the foreign error, whose request carries the token.
        raise ServerUnreachable(server=server, reason=tr(reason(error))) from None
