"""The translation catalogue: collect the marked texts of app/, keep the translations, compile.

English texts are the keys. ``zh`` is translated by people in its .po file; ``en`` is filled from the keys.
Run it (``make catalogue``) after adding or changing a text: what still wants a translation is listed at the
end. A changed English text wants a new translation: nothing is guessed from texts that look alike.
"""

from __future__ import annotations

import io
import string
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "app" / "resources" / "locale"
DOMAIN = "reelkey"
KEYWORDS: dict[str, tuple[int, ...] | None] = {"N_": None, "tr": None}
# No dates of the day in the files: they change when a text does.
_DATE = datetime(2026, 1, 1, tzinfo=UTC)


def po_path(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def marked_texts(root: Path = ROOT) -> dict[str, list[str]]:
    """Each text marked with N_ or tr in ``app/``, with the files it stands in, in order."""
    texts: dict[str, list[str]] = {}
    found = extract_from_dir(str(root / "app"), [("**.py", "python")], keywords=KEYWORDS)
    for name, _line, message, _comments, _context in sorted(found, key=lambda item: (item[0], item[1])):
        text = message if isinstance(message, str) else message[0]
        where = texts.setdefault(text, [])
        if (path := f"app/{Path(name).as_posix()}") not in where:
            where.append(path)
    texts.pop("", None)
    return texts


def placeholders(text: str) -> list[str]:
    """The ``{names}`` in `text`, sorted; a repeated one counts each time. ValueError: braces don't match."""
    fields = [(name, spec, conversion) for _, name, spec, conversion in string.Formatter().parse(text)]
    return sorted(f"{name}!{conv or ''}:{spec}" for name, spec, conv in fields if name is not None)


def read(language: str) -> Catalog:
    """The catalogue as people left it; an empty one where there is none yet."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language)
    return read_po(io.BytesIO(path.read_bytes()), locale=language)


def updated(language: str, texts: dict[str, list[str]]) -> Catalog:
    """A catalogue of exactly `texts`, with the translations that stand already."""
    known = {message.id: message.string for message in read(language) if message.id}
    catalogue = Catalog(
        locale=language,
        project="Reelkey",
        version="1",
        msgid_bugs_address=" ",
        creation_date=_DATE,
        revision_date=_DATE,
        last_translator="Reelkey",
        language_team=language,
        fuzzy=False,
        header_comment="# Texts of Reelkey. Made by `make catalogue`; translations are written here.",
    )
    for text, where in texts.items():
        translation = text if language == "en" else known.get(text, "")
        catalogue.add(text, translation, locations=[(path, 0) for path in where])
    return catalogue


def write(language: str, catalogue: Catalog) -> None:
    """Write the .po file and compile the .mo file beside it."""
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalogue, width=110, include_lineno=False)
    write_mo(mo, catalogue)
    path.write_bytes(po.getvalue())
    path.with_suffix(".mo").write_bytes(mo.getvalue())


def main() -> int:
    texts = marked_texts()
    for language in ("en", "zh"):
        write(language, updated(language, texts))
    missing = [str(message.id) for message in read("zh") if message.id and not message.string]
    print(f"catalogue: {len(texts)} texts, {len(missing)} without a Chinese translation")
    for text in missing:
        print(f"  {text}")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
