"""What the question before a removal says: nothing that a person has is let go of without a word."""

from __future__ import annotations

import pytest

from app.journal import Run
from app.ui.films.questions import of_remove
from tests.ui.films.makers import held, received


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (held(), ("sealed copy on your node", "buyers", "History")),
        (received(), ("sealed copy on your node", "from you", "History")),
        (held(run=Run.CANCELLED), ("History",)),
        (held(run=Run.FAILED), ("so far",)),
    ],
)
def test_what_goes_with_a_film_that_is_removed_is_said(row: object, said: tuple[str, ...]) -> None:
    goes = of_remove(row).goes  # type: ignore[arg-type]
    assert all(words in goes for words in said)
    assert ("sealed copy" in goes) is (said[0] != "History" and said[0] != "so far")
