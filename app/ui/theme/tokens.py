"""The palette: every colour by what it means. A test computes the contrasts (WCAG 2) from these values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as ``#RRGGBB``. `*_fill` are grounds under white text, `key_button` one under `on_key`."""

    dark: bool
    bg: str
    surface: str
    raised: str
    selection: str
    border: str
    strong: str
    text: str
    text2: str
    text3: str
    accent: str
    accent_fill: str
    key: str
    key_strip: str
    key_button: str
    key_soft: str
    done: str
    done_strip: str
    done_soft: str
    error: str
    error_fill: str
    error_soft: str
    track: str
    paused: str
    on_fill: str = "#FFFFFF"
    on_key: str = "#1B1C1F"


LIGHT = Palette(
    dark=False,
    bg="#F3F3F2",
    surface="#FFFFFF",
    raised="#F8F8F7",
    selection="#E9EFFC",
    border="#E2E2DF",
    strong="#8A8A86",
    text="#1B1C1F",
    text2="#53565C",
    text3="#686B72",
    accent="#2855C5",
    accent_fill="#2855C5",
    key="#855600",
    key_strip="#C08411",
    key_button="#E3AC42",
    key_soft="#FBF2DF",
    done="#1B7043",
    done_strip="#23905A",
    done_soft="#E6F4EB",
    error="#B0251B",
    error_fill="#B0251B",
    error_soft="#FCEBE9",
    track="#D9D9D5",
    paused="#8A8A86",
)

DARK = Palette(
    dark=True,
    bg="#151618",
    surface="#1B1C1F",
    raised="#232529",
    selection="#222C45",
    border="#31343A",
    strong="#74787F",
    text="#ECEDEF",
    text2="#B4B8BF",
    text3="#969BA3",
    accent="#93B2FF",
    accent_fill="#3564D8",
    key="#EBBE5C",
    key_strip="#D9A33A",
    key_button="#E3AC42",
    key_soft="#352B17",
    done="#6BCB95",
    done_strip="#3FA871",
    done_soft="#1A3225",
    error="#FF9A92",
    error_fill="#C63D33",
    error_soft="#40211F",
    track="#3A3D43",
    paused="#74787F",
)

# For who asks their system for more contrast: text at least 7 : 1 everywhere, edges as strong as text.
CONTRAST_LIGHT = Palette(
    dark=False,
    bg="#FFFFFF",
    surface="#FFFFFF",
    raised="#FFFFFF",
    selection="#DCE8FF",
    border="#000000",
    strong="#000000",
    text="#000000",
    text2="#1A1A1A",
    text3="#303030",
    accent="#0033A0",
    accent_fill="#0033A0",
    key="#5C3A00",
    key_strip="#8A5A00",
    key_button="#FFC83D",
    key_soft="#FFF4D6",
    done="#00521F",
    done_strip="#006B2B",
    done_soft="#E3F6E8",
    error="#8C0000",
    error_fill="#8C0000",
    error_soft="#FFE9E7",
    track="#B4B4B4",
    paused="#5A5A5A",
    on_key="#000000",
)

CONTRAST_DARK = Palette(
    dark=True,
    bg="#000000",
    surface="#000000",
    raised="#000000",
    selection="#0B2A66",
    border="#FFFFFF",
    strong="#FFFFFF",
    text="#FFFFFF",
    text2="#F0F0F0",
    text3="#DADADA",
    accent="#B0CCFF",
    accent_fill="#0044BB",
    key="#FFD866",
    key_strip="#FFC83D",
    key_button="#FFC83D",
    key_soft="#2A2000",
    done="#8CFFB4",
    done_strip="#3DDC78",
    done_soft="#002A10",
    error="#FFC2BC",
    error_fill="#A80000",
    error_soft="#3A0000",
    track="#6A6A6A",
    paused="#BDBDBD",
    on_key="#000000",
)
