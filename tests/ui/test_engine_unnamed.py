"""Links at a library that does not say who is signed in: only the last characters of a sign-in are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.ui.engines import engine_of

RENEWED = "seller-token-renewed-9"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "server") as running:
        running.control.fault("status", code=404, method="GET", path="*/users/me/", times=None)
        yield running


async def test_a_renewed_sign_in_is_not_taken_for_another_account(
    tmp_path: Path, server: RunningServer
) -> None:
    server.control.add_token(RENEWED, "seller", name="seller")
    async with engine_of(tmp_path / "p", server.url) as one:
        requests = one.engine.requests
        first = await requests.of_link(f"reelkey://private?v=1&token={SELLER_TOKEN}")
        await requests.accept_sign_in(first.number)
        await one.until(lambda: one.signed_in(server.url))
        again = await requests.of_link(f"reelkey://private?v=1&token={RENEWED}")
        account = await requests.account(again.number)
        assert (account.name, account.change) == ("…" + RENEWED[-4:], "renewed")


async def test_a_buyer_who_may_not_list_releases_can_say_yes(tmp_path: Path, server: RunningServer) -> None:
    server.control.fault("status", code=403, method="GET", path="*/upload/private/", times=None)
    async with engine_of(tmp_path / "p", server.url) as one:
        requests = one.engine.requests
        link = await requests.of_link(f"reelkey://download?v=1&source_id=1&token={BUYER_TOKEN}")
        account = await requests.account(link.number)
        assert (account.name, account.error) == ("…" + BUYER_TOKEN[-4:], None)
        server.control.expire_token(BUYER_TOKEN)
        server.control.clear_faults()
        server.control.fault("status", code=404, method="GET", path="*/users/me/", times=None)
        refused = (await requests.account(link.number)).error
        assert refused is not None and refused.code == "token_refused"
