"""Trying again: what waits, how long, for all calls of an account at once, and when it is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.cloud.retrying import Patience
from app.domain.errors import (
    AllowanceUsed,
    CloudAnswerUnclear,
    CloudBusy,
    CloudError,
    CloudFull,
    CloudRefused,
    CloudUnreachable,
    NotTheSame,
    SignInExpired,
    UploadLost,
)
from tests.contract.clouds.profile import Clock

AWAY = CloudUnreachable(cloud="Cloud", reason="down")


class Cloud:
    """Answers with the errors that stand in line, then well; `probes` as long as it is `down`."""

    def __init__(self, *errors: CloudError) -> None:
        self.errors = list(errors)
        self.calls = self.probes = self.at_once = self.most_at_once = 0
        self.down = False
        self._probed = asyncio.Semaphore(0)
        self.clock = Clock()
        self.patience = Patience(
            self.probe, clock=self.clock.time, sleep=self.clock.sleep, jitter=lambda: 1.0
        )
        self.told: list[tuple[str, float]] = []
        self.patience.listeners.add(
            lambda error, seconds: self.told.append((error.code if error else "", seconds))
        )

    async def probe(self) -> None:
        self.probes += 1
        self._probed.release()
        if self.down:
            raise AWAY

    async def probed(self, times: int) -> None:
        for _ in range(times):
            await self._probed.acquire()

    async def ask(self) -> str:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.errors:
            raise self.errors.pop(0)
        return "yes"

    async def call(self, work: Callable[[], Awaitable[str]] | None = None) -> str:
        return await self.patience.call(work or self.ask)


async def test_who_listens_later_is_told_of_the_wait_that_lasts() -> None:
    cloud = Cloud(AllowanceUsed(cloud="Cloud", retry_after=7200.0))
    hours: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    late: list[tuple[str, float]] = []

    def listener(error: CloudError | None, seconds: float) -> None:
        late.append((error.code if error else "", seconds))

    begun = asyncio.Event()

    async def asleep(seconds: float) -> None:
        assert seconds == 7200.0
        begun.set()
        await hours

    now = [100.0]
    patience = Patience(cloud.probe, clock=lambda: now[0], sleep=asleep)
    call = asyncio.create_task(patience.call(cloud.ask))
    await begun.wait()
    now[0] += 1200
    patience.listen(listener)
    assert late == [("cloud_allowance", 6000.0)]
    hours.set_result(None)
    assert await call == "yes"
    assert late[-1] == ("", 0.0)
    other: list[tuple[str, float]] = []
    patience.listen(lambda error, seconds: other.append((error.code if error else "", seconds)))
    assert other == [], "there is none any more"


async def test_network_down_waits_longer_and_longer_without_an_end() -> None:
    cloud = Cloud(AWAY)
    cloud.down = True
    work = asyncio.create_task(cloud.call())
    await cloud.probed(50)
    assert cloud.clock.waited[:8] == [1, 2, 4, 8, 16, 32, 64, 64]
    assert cloud.calls == 1, "only the small question is asked meanwhile"
    cloud.down = False
    assert await work == "yes"
    assert cloud.told[-1] == ("", 0.0)


async def test_many_calls_wait_once() -> None:
    cloud = Cloud(*[AWAY] * 10)
    cloud.down = True
    works = [asyncio.create_task(cloud.call()) for _ in range(10)]
    await cloud.probed(3)
    assert cloud.calls == 10
    assert cloud.clock.waited[:3] == [1, 2, 4], "ten failures of one fault are one wait"
    late = asyncio.create_task(cloud.call())
    await asyncio.sleep(0.005)
    assert cloud.calls == 10, "who comes while it is down waits too"
    cloud.down = False
    assert await asyncio.gather(late, *works) == ["yes"] * 11


async def test_what_the_cloud_asks_for_is_kept_within_bounds() -> None:
    cloud = Cloud(CloudBusy(cloud="C", retry_after=30), CloudBusy(cloud="C", retry_after=10**9))
    assert await cloud.call() == "yes"
    assert [seconds for code, seconds in cloud.told if code] == [30, 900]
    assert cloud.probes == 0


async def test_an_allowance_is_waited_for() -> None:
    cloud = Cloud(AllowanceUsed(cloud="C"), AllowanceUsed(cloud="C", retry_after=5 * 3600))
    assert await cloud.call() == "yes"
    assert [seconds for code, seconds in cloud.told if code] == [1800, 5 * 3600]


async def test_a_throttle_that_lasts_is_the_allowance_that_it_may_be() -> None:
    busy = CloudBusy(cloud="C", perhaps="day", limit=750 * 10**9)
    cloud = Cloud(*[busy] * 10)
    assert await cloud.call() == "yes"
    told = [one for one in cloud.told if one[0]]
    assert told[:8] == [("cloud_busy", float(min(64, 2**number))) for number in range(8)]
    assert told[8:] == [("cloud_allowance", 600.0)] * 2
    # A call that went well: the next one is a moment's again. One that is never more stays what it is.
    cloud.errors = [busy]
    assert await cloud.call() == "yes"
    assert cloud.told[-2] == ("cloud_busy", 1.0)
    cloud = Cloud(*[CloudBusy(cloud="C")] * 12)
    assert await cloud.call() == "yes"
    assert {code for code, _ in cloud.told if code} == {"cloud_busy"}


async def test_five_tries_for_an_answer_that_is_not_understood() -> None:
    cloud = Cloud(*[CloudAnswerUnclear(cloud="C", reason="?")] * 4)
    assert await cloud.call() == "yes"
    cloud = Cloud(*[CloudAnswerUnclear(cloud="C", reason="?")] * 5)
    with pytest.raises(CloudAnswerUnclear):
        await cloud.call()
    assert cloud.clock.waited == [1, 2, 4, 8]


async def test_one_call_that_never_works_is_given_up_while_others_do() -> None:
    cloud = Cloud()

    async def ill() -> str:
        cloud.calls += 1
        raise AWAY

    with pytest.raises(CloudUnreachable):
        await cloud.call(ill)
    assert 5 <= cloud.calls <= 12
    assert cloud.clock.now - 1000 >= 300, "a storage that is away for a while costs no file"
    assert await cloud.call() == "yes"


async def test_trouble_of_one_call_holds_up_no_other() -> None:
    cloud = Cloud()
    calls = 0

    async def ill() -> str:
        nonlocal calls
        calls += 1
        cloud.clock.now += 1
        await cloud.call()  # another call is answered meanwhile
        if calls < 4:
            raise AWAY
        return "at last"

    assert await cloud.call(ill) == "at last"
    assert cloud.told == [], "the way was never closed"
    assert cloud.clock.waited == [1, 2, 4]


@pytest.mark.parametrize(
    "error",
    [
        CloudRefused(cloud="C", text="no", status=403),
        SignInExpired(cloud="C"),
        CloudFull(cloud="C", need=1),
        UploadLost(cloud="C"),
        NotTheSame(cloud="C", name="n", what="size"),
    ],
)
async def test_what_trying_again_can_not_mend_is_raised_at_once(error: CloudError) -> None:
    cloud = Cloud(error)
    with pytest.raises(type(error)):
        await cloud.call()
    assert cloud.clock.waited == []
