"""Words that several parts of the window use."""

from __future__ import annotations

from app.domain.words import N_
from app.ui.node.standing import Reach

# How far the node is reached → word (a catalogue key) and tone of its dot, where there is no room for a
# sentence (`standing.WORDS`). The same judgement everywhere: what one place calls good no other may doubt.
REACH_BADGES: dict[Reach, tuple[str, str]] = {
    Reach.STARTING: (N_("Starting"), "track"),
    Reach.STOPPED: (N_("Stopped"), "error"),
    Reach.DIRECT: (N_("Online"), "done"),
    Reach.RELAY: (N_("Online"), "done"),
    Reach.UNPROVEN: (N_("Online"), "done"),
    Reach.LOCAL: (N_("Local only"), "key"),
    Reach.HERE: (N_("Only here"), "key"),
}
