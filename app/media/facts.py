"""What is worth knowing of a film, as one frozen value. Nothing here is trusted: films come from others."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from app.domain.errors import is_control

MAX_TEXT = 120
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?(?=\s|$)")
_TIMECODE = re.compile(r"[0-9]{2}[:;.][0-9]{2}[:;.][0-9]{2}[:;.][0-9]{2,3}")
_COMMON_NAMES = {"AVC": "H.264", "HEVC": "H.265"}

Track = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """Facts of a film; what is not known is "" or None. `duration` in seconds, `frame_rate` in frames a
    second, `timecode` of the first frame. `warning` says why there are none, in the shown language."""

    container: str = ""
    codec: str = ""
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    timecode: str = ""
    audio: str = ""
    warning: str = ""

    @property
    def resolution(self) -> str:
        """``1920×1080``, or ""."""
        return f"{self.width}×{self.height}" if self.width and self.height else ""

    def as_dict(self) -> dict[str, str | int | float]:
        """The facts that are known, as JSON values; {} where there are none. Without the warning."""
        known = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "warning"}
        return {name: value for name, value in known.items() if value not in ("", None)}

    @classmethod
    def from_dict(cls, given: object, *, warning: str = "") -> MediaFacts:
        """Facts from `as_dict`'s shape, wherever it comes from: what is not as it should be is left out."""
        if not isinstance(given, Mapping):
            return cls(warning=warning)
        return cls(
            container=_text(given.get("container")),
            codec=_text(given.get("codec")),
            duration=_rounded(_number(given.get("duration"), 1e8), 3),
            width=_whole(_number(given.get("width"), 1e6)),
            height=_whole(_number(given.get("height"), 1e6)),
            frame_rate=_rounded(_number(given.get("frame_rate"), 1e5), 3),
            timecode=_timecode(given.get("timecode")),
            audio=_text(given.get("audio")),
            warning=warning,
        )


def facts_of_tracks(tracks: Sequence[Track]) -> MediaFacts:
    """Facts from MediaInfo's tracks (its JSON output, values as text)."""
    general = _first(tracks, "General")
    video = _first(tracks, "Video")
    return MediaFacts.from_dict(
        {
            "container": _container(general),
            "codec": _codec(video),
            "duration": general.get("Duration") or video.get("Duration"),
            "width": video.get("Width"),
            "height": video.get("Height"),
            "frame_rate": video.get("FrameRate") or general.get("FrameRate"),
            "timecode": _first_timecode(tracks),
            "audio": _audio([track for track in tracks if track.get("@type") == "Audio"]),
        }
    )


def _first(tracks: Sequence[Track], kind: str) -> Track:
    return next((track for track in tracks if track.get("@type") == kind), {})


def _container(general: Track) -> str:
    """MediaInfo calls both MPEG-4: film people tell .mov from .mp4."""
    name, profile = _text(general.get("Format")), _text(general.get("Format_Profile"))
    if profile == "QuickTime":
        return profile
    return f"{name} {profile}" if name == "MXF" and profile else name


def _codec(video: Track) -> str:
    """The name on the invoice: ProRes 422 HQ, DNxHD 120, XDCAM HD422, H.264."""
    name = _text(video.get("Format"))
    if name == "ProRes":
        return f"{name} {_text(video.get('Format_Profile'))}".strip()
    trade = _text(video.get("Format_Commercial_IfAny")) or _COMMON_NAMES.get(name, "")
    return trade or _text(video.get("Format_Commercial")) or name


def _audio(tracks: Sequence[Track]) -> str:
    """``PCM 24 bit 48 kHz 2 ch``, ``8 × PCM 24 bit 48 kHz 1 ch``; different ones beside each other."""
    counts: dict[str, int] = {}
    for track in tracks:
        words = [
            _text(track.get("Format")),
            _with_unit(_number(track.get("BitDepth"), 1e3), "bit"),
            _with_unit(_number(track.get("SamplingRate"), 1e7), "kHz", 1000),
            _with_unit(_number(track.get("Channels"), 1e4), "ch"),
        ]
        name = " ".join(word for word in words if word)
        if name:
            counts[name] = counts.get(name, 0) + 1
    return ", ".join(name if count == 1 else f"{count} × {name}" for name, count in counts.items())


def _first_timecode(tracks: Sequence[Track]) -> str:
    """A time code track says it where there is one; MPEG's own counter starts at 0 whatever the reel says."""
    ordered = sorted(tracks, key=lambda track: track.get("@type") != "Other")
    found = (_timecode(track.get("TimeCode_FirstFrame")) for track in ordered)
    return next((timecode for timecode in found if timecode), "")


def _with_unit(number: float | None, unit: str, scale: int = 1) -> str:
    return f"{number / scale:g} {unit}" if number else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    shown = "".join("" if is_control(char) or 0xD800 <= ord(char) <= 0xDFFF else char for char in value)
    return shown[:MAX_TEXT].strip()


def _timecode(value: object) -> str:
    text = _text(value)
    return text if _TIMECODE.fullmatch(text) else ""


def _number(value: object, most: float) -> float | None:
    """A number above 0 and up to `most`; MediaInfo writes numbers as text, several as ``48000 / 24000``."""
    if isinstance(value, str):
        found = _NUMBER.match(value.strip())
        value = float(found[0]) if found else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 < value <= most and math.isfinite(value) else None


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits) or None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number) or None
