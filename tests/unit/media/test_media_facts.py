from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media.facts import MAX_TEXT, MediaFacts, facts_of_tracks


def test_unknown_facts_are_left_out() -> None:
    assert MediaFacts().as_dict() == {}
    assert MediaFacts(codec="FFV1", duration=0.4, warning="x").as_dict() == {"codec": "FFV1", "duration": 0.4}
    assert MediaFacts().resolution == ""
    assert MediaFacts(width=1920, height=1080).resolution == "1920×1080"


@pytest.mark.parametrize(
    ("general", "container"),
    [
        ({"Format": "MPEG-4", "Format_Profile": "QuickTime"}, "QuickTime"),
        ({"Format": "MPEG-4", "Format_Profile": "Base Media"}, "MPEG-4"),
        ({"Format": "MXF", "Format_Profile": "OP-1a"}, "MXF OP-1a"),
        ({"Format": "Matroska"}, "Matroska"),
        ({}, ""),
    ],
)
def test_containers_have_the_names_of_the_trade(general: dict[str, str], container: str) -> None:
    assert facts_of_tracks([{"@type": "General", **general}]).container == container


@pytest.mark.parametrize(
    ("video", "codec"),
    [
        ({"Format": "ProRes", "Format_Profile": "4444 XQ"}, "ProRes 4444 XQ"),
        ({"Format": "VC-3", "Format_Commercial_IfAny": "DNxHR HQX"}, "DNxHR HQX"),
        ({"Format": "AVC", "Format_Commercial": "AVC"}, "H.264"),
        ({"Format": "AVC", "Format_Commercial_IfAny": "XAVC"}, "XAVC"),
        ({"Format": "HEVC"}, "H.265"),
        ({"Format": "MPEG Video", "Format_Commercial": "MPEG-2 Video"}, "MPEG-2 Video"),
        ({"Format": "FFV1"}, "FFV1"),
    ],
)
def test_codecs_have_the_names_of_the_trade(video: dict[str, str], codec: str) -> None:
    assert facts_of_tracks([{"@type": "Video", **video}]).codec == codec


def test_equal_sound_tracks_are_counted() -> None:
    mono = {"@type": "Audio", "Format": "PCM", "BitDepth": "24", "SamplingRate": "48000", "Channels": "1"}
    assert facts_of_tracks([mono] * 8).audio == "8 × PCM 24 bit 48 kHz 1 ch"
    assert facts_of_tracks([mono, {"@type": "Audio", "Format": "AAC"}]).audio == "PCM 24 bit 48 kHz 1 ch, AAC"


def test_a_time_code_track_goes_before_the_codecs_own_counter() -> None:
    video = {"@type": "Video", "TimeCode_FirstFrame": "00:00:00:00"}
    reel = {"@type": "Other", "TimeCode_FirstFrame": "10:00:00:00"}
    assert facts_of_tracks([video, reel]).timecode == "10:00:00:00"
    assert facts_of_tracks([video]).timecode == "00:00:00:00"
    assert facts_of_tracks([{"@type": "Other", "TimeCode_FirstFrame": "<b>"}]).timecode == ""


@pytest.mark.parametrize(
    "number", ["-1", "0", "nan", "inf", "1e400", "", "x", None, True, [], {}, "9" * 400, 10**400]
)
def test_numbers_that_are_none_are_left_out(number: object) -> None:
    given = {"duration": number, "width": number, "height": number, "frame_rate": number}
    assert MediaFacts.from_dict(given).as_dict() == {}


def test_texts_are_short_and_without_marks_that_steer_a_terminal() -> None:
    facts = MediaFacts.from_dict(
        {"codec": "a\x1b[2J\u202eb\ud800" + "x" * 500, "container": 5, "audio": ["a"]}
    )
    assert facts.codec.startswith("a[2Jbxxx")
    assert len(facts.codec) <= MAX_TEXT
    assert (facts.container, facts.audio) == ("", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
NAMES = [
    "@type",
    "Format",
    "Format_Profile",
    "Duration",
    "Width",
    "FrameRate",
    "TimeCode_FirstFrame",
    "Channels",
]
KINDS = st.sampled_from(["General", "Video", "Audio", "Other"])


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), KINDS | JSON, max_size=6), max_size=4), JSON)
def test_whatever_the_tracks_say_there_are_facts_that_come_back(
    tracks: list[dict[str, object]], other: object
) -> None:
    facts = facts_of_tracks(tracks)
    assert MediaFacts.from_dict(json.loads(json.dumps(facts.as_dict()))) == facts
    MediaFacts.from_dict(other)
