"""Facts of a film (codec, duration, resolution …), read in a child process; none of them is ever needed."""

from app.media.child import probe, probe_sync
from app.media.facts import MediaFacts

__all__ = ["MediaFacts", "probe", "probe_sync"]
