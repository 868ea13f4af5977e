"""Words that several parts of the window use."""

from __future__ import annotations

from app.domain.words import N_

# State of the node → word (a catalogue key) and tone of its dot.
NODE_STATES: dict[str, tuple[str, str]] = {
    "starting": (N_("Starting"), "track"),
    "online": (N_("Online"), "done"),
    "stopped": (N_("Stopped"), "error"),
    "failed": (N_("Stopped"), "error"),
}
