"""Of many messages at once, those that the window needs."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.events import ExportMoved, Progressed
from app.ui.messages import FilmRead, Message, NodeSeen, Told


def thinned(batch: Sequence[Message]) -> list[Message]:
    """Of progress the last word a film and phase, of the node the last look; the rest as it came."""
    kept: list[Message] = []
    seen: set[tuple[object, ...]] = set()
    for message in reversed(batch):
        key: tuple[object, ...] | None = None
        if isinstance(message, Told) and isinstance(message.event, Progressed):
            key = (message.event.task.id, message.event.progress.phase)
        elif isinstance(message, Told) and isinstance(message.event, ExportMoved):
            key = (message.event.export.id, message.event.progress.phase)
        elif isinstance(message, NodeSeen):
            key = ("node",)
        elif isinstance(message, FilmRead):
            key = (message.film,)
        if key is not None and key in seen:
            continue
        if key is not None:
            seen.add(key)
        kept.append(message)
    kept.reverse()
    return kept
