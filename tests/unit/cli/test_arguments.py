"""Options that stand anywhere, links before options, and which exit code wins."""

from __future__ import annotations

import io
import json

import pytest

from app.cli.arguments import take_apart
from app.cli.exits import exit_code
from app.cli.printers import JsonPrinter, plain, table
from app.domain.errors import (
    Interrupted,
    NoFilms,
    ReelkeyError,
    ServerUnreachable,
    SourceGone,
    TokenRefused,
)
from app.domain.events import Failed, Progressed, StateChanged, TaskRef
from app.domain.progress import Progress
from app.domain.status import TaskKind, TaskStatus

FILM = TaskRef("u1", TaskKind.UPLOAD, "仙剑\u202evom.mov", 233)


def test_options_are_found_wherever_they_stand() -> None:
    options, rest, lacking = take_apart(
        ["upload", "--json", "a", "--profile", "/p", "--series-id", "1", "--server=https://s", "--yes"]
    )
    assert (options.json, options.profile, options.server, options.yes) == (True, "/p", "https://s", True)
    assert (rest, lacking) == (["upload", "a", "--series-id", "1"], None)


def test_what_comes_after_two_dashes_is_no_option() -> None:
    options, rest, _ = take_apart(["upload", "--", "--json"])
    assert (options.json, rest) == (False, ["upload", "--", "--json"])


@pytest.mark.parametrize("argv", [["--profile"], ["tasks", "--server"], ["--lang="]])
def test_an_option_without_its_value_is_named(argv: list[str]) -> None:
    assert take_apart(argv)[2] is not None


@pytest.mark.parametrize("link", ["reelkey://private?v=1", "REELKEY:--json", "reelkey:// --profile=/evil"])
def test_a_link_is_one_argument_and_nothing_in_it_an_option(link: str) -> None:
    options, rest, lacking = take_apart([link])
    assert (rest, lacking) == (["open", "--", link], None)
    assert options == type(options)()


def test_nothing_can_be_smuggled_in_behind_a_link() -> None:
    assert take_apart(["reelkey://private?v=1&token=t", "--profile=/evil"])[2] == "--profile=/evil"


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([], 0),
        ([None, None], 0),
        ([SourceGone(path="x")], 1),
        ([NoFilms(path="x"), SourceGone(path="x")], 1),
        ([SourceGone(path="x"), ServerUnreachable(server="s", reason="r")], 3),
        ([ServerUnreachable(server="s", reason="r"), TokenRefused(text="")], 4),
        ([TokenRefused(text=""), Interrupted()], 130),
        ([NoFilms(path="x")], 2),
    ],
)
def test_the_worst_code_wins(errors: list[ReelkeyError | None], code: int) -> None:
    assert exit_code(errors) == code


def test_json_is_one_object_a_line_with_the_contracts_fields() -> None:
    out = io.StringIO()
    printer = JsonPrinter(out)
    printer.event(StateChanged(FILM, TaskStatus.UPLOADING))
    printer.event(Progressed(FILM, Progress("seal", 5, 10, 2.5)))
    printer.event(Failed(SourceGone(path="/films/a.mov"), FILM))
    printer.result(False, {"films": []}, "")
    state, progress, error, result = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (state["event"], state["task_id"], state["status"]) == ("state", 233, 3)
    assert {progress[key] for key in ("event", "phase")} == {"progress", "seal"}
    assert (progress["done"], progress["total"]) == (5, 10)
    assert {"code", "title", "message", "hint", "retry"} <= set(error)
    assert (error["event"], error["code"], error["retry"]) == ("error", "source_gone", True)
    assert result == {"event": "result", "ok": False, "films": []}


def test_a_name_that_utf8_cannot_hold_does_not_break_a_line() -> None:
    out = io.StringIO()
    JsonPrinter(out).result(True, {"path": "bad\udcff.mov"}, "")
    assert json.loads(out.getvalue())["ok"] is True


def test_marks_that_steer_a_terminal_are_shown_as_marks() -> None:
    assert plain("a\x1b[31m\u202eb\nc") == "a␣[31m␣b\nc"


def test_columns_count_wide_characters_twice() -> None:
    assert table([("仙剑", "x"), ("abcd", "y")]) == "仙剑  x\nabcd  y"
