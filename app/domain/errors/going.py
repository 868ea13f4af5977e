"""How a film's work may end without being done."""

from __future__ import annotations

from app.domain.errors.root import EXIT_INTERRUPTED, ReelkeyError
from app.domain.words import N_


class NotNow(ReelkeyError):
    code = "not_now"
    title_key = N_("This can't be done with this film now")
    message_key = N_("{source_name}: {reason}")
    hint_key = N_("reelkey tasks shows where each film stands")


class StillWaiting(ReelkeyError):
    code = "still_waiting"
    retry = True
    title_key = N_("Waiting for the seller's release")
    message_key = N_("{source_name} is here, sealed; its private block is not released yet")
    hint_key = N_("reelkey resume waits on")


class Interrupted(ReelkeyError):
    code = "interrupted"
    exit_code = EXIT_INTERRUPTED
    retry = True
    title_key = N_("Interrupted")
    message_key = N_("All progress is kept")
    hint_key = N_("reelkey resume goes on")


class Paused(ReelkeyError):
    code = "paused"
    retry = True
    title_key = N_("Paused")
    message_key = N_("{source_name} was paused; all progress is kept")
    hint_key = N_("reelkey resume goes on")


class Cancelled(ReelkeyError):
    code = "cancelled"
    title_key = N_("Cancelled")
    message_key = N_("This film was cancelled")
    hint_key = N_("Send or receive it again when it is wanted")


class Busy(ReelkeyError):
    code = "busy"
    retry = True
    title_key = N_("Another Reelkey works on this film")
    message_key = N_("{source_name} is in work in another window or terminal of this profile")
    hint_key = N_("Let that one finish, or pause it there")


class Internal(ReelkeyError):
    """A fault of ours. The message names the kind of it, never its data."""

    code = "internal"
    title_key = N_("Something went wrong")
    message_key = N_("Reelkey met a fault of its own: {kind}")
    hint_key = N_("All progress is kept. Start it again; if it comes back, send us the diagnostics")


class EngineEnded(ReelkeyError):
    """The process that does the work ended unasked: killed, out of memory, or by a fault."""

    code = "engine_ended"
    retry = True
    title_key = N_("The work was interrupted")
    message_key = N_(
        "The part of Reelkey that does the work was ended by the system or by a fault of its own"
    )
    hint_key = N_(
        "All progress is kept, and it starts again by itself. If this comes back, quit Reelkey, open it "
        "again and send us the diagnostics"
    )


def ours(error: BaseException) -> ReelkeyError:
    """The error as people are told of it: a fault of ours has a name and no more."""
    return error if isinstance(error, ReelkeyError) else Internal(kind=type(error).__name__)
