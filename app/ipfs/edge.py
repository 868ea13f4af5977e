"""The package's edge: what httpx2, sockets and Kubo's answers raise becomes an error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from app.domain.errors import NodeFault, NodeUnavailable, ReelkeyError
from app.domain.words import N_, tr

_GONE = N_("The node at {api} does not answer ({kind})")
_SLOW = N_("The node at {api} took too long to answer: {doing}")
_UNCLEAR = N_("The answer of the node to {doing} is not understood: {what}")


class Unclear(ValueError):
    """An answer that is not what Kubo says: not JSON, a field missing or of the wrong type."""


@contextmanager
def node_errors(api: str, doing: str) -> Iterator[None]:
    """Turn what was met while `doing` (the RPC call's name) into NodeUnavailable or NodeFault.

    A node that is not reached or breaks off is NodeUnavailable: the caller starts it again. One that
    answers, but late or otherwise than Kubo does, is NodeFault.
    """
    try:
        yield
    except ReelkeyError:
        raise
    except (httpx2.ReadTimeout, httpx2.WriteTimeout) as error:
        raise NodeFault(reason=tr(_SLOW, api=api, doing=doing)) from error
    except (httpx2.TransportError, OSError, EOFError) as error:
        # TimeoutError is an OSError: a node that takes nothing off the line for minutes is as good as gone.
        raise NodeUnavailable(reason=tr(_GONE, api=api, kind=type(error).__name__)) from error
    except (ValueError, httpx2.HTTPError) as error:
        raise NodeFault(reason=tr(_UNCLEAR, doing=doing, what=str(error))) from error
