"""The translation catalogue: English texts are the keys, Chinese ones live in ``app/resources/locale``.

Texts are marked where they stand (`N_`) and translated where they are shown (`tr`), so that the language
can change while the program runs. Placeholders are ``{name}``, filled in by `tr`.
"""

from __future__ import annotations

import gettext
import locale
import os
from functools import lru_cache
from pathlib import Path

DOMAIN = "reelkey"
LANGUAGES = ("zh", "en")
_LOCALE_DIR = Path(__file__).parent.parent / "resources" / "locale"

_current = "en"


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark a text for the catalogue and return it as it is."""
    return text


def set_language(language: str | None) -> str:
    """Choose the language texts are shown in; None means the system's. Returns the one chosen."""
    global _current  # noqa: PLW0603 - one language for the process, as gettext has it
    _current = language if language in LANGUAGES else system_language()
    return _current


def language() -> str:
    """The language texts are shown in now, ``zh`` or ``en``."""
    return _current


def system_language() -> str:
    """``zh`` where the system speaks Chinese, else ``en``."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    found = locale.getlocale()[0] or ""
    return "zh" if found.lower().startswith(("zh", "chinese")) else "en"


def tr(text: str, /, **facts: object) -> str:
    """`text` in the chosen language, its placeholders filled from `facts`."""
    translated = _catalogue(_current).gettext(text) if text else ""
    if not facts:
        return translated
    return translated.format_map(_Facts(facts))


class _Facts(dict[str, object]):
    """A missing fact shows as nothing: a message must never fail while it reports a failure."""

    def __missing__(self, key: str) -> str:
        return ""


@lru_cache(maxsize=4)
def _catalogue(name: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, _LOCALE_DIR, [name], fallback=True)
