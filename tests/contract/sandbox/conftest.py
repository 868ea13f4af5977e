"""One stand-in for the tests of a file, as new for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.task_server.testing import RunningServer
from tests.contract.sandbox.library import Library


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    data: Path = tmp_path_factory.mktemp("task_server")
    with RunningServer(data) as server:
        yield server


@pytest.fixture
def library(running: RunningServer) -> Iterator[Library]:
    running.control.reset()
    asker = Library(running)
    yield asker
    asker.close()
