"""An account with 500 citizens: retries, slow answers, spent quotas, a token that expires. Each message once, in order.

Requests come at a pace that one worker can bear; how much that is, `python -m benchmarks.wechat` measures.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

from bot.channels.wechat.wording import words
from tests.bot.channels.wechat.account_double import Faults, WeChatDouble
from tests.bot.channels.wechat.conftest import EchoDialogue, Start

USERS = 500
PER_SECOND = 40


async def test_five_hundred_citizens_are_answered_once_and_in_order(
    start: Start, wechat: WeChatDouble, dialogue: EchoDialogue
) -> None:
    worker, choice = await start(), random.Random(11)
    sends: list[asyncio.Task[list[str]]] = []
    for number in range(2 * USERS):
        openid, each = f"openid-of-user-{number % USERS:04}", number // USERS
        slow = "慢6" if choice.random() < 0.1 else ""
        lost = frozenset({0}) if choice.random() < 0.05 else frozenset[int]()
        if choice.random() < 0.02:
            wechat.errors["/cgi-bin/message/custom/send"].append(choice.choice((45047, 45015, -1)))
        if number == USERS:
            wechat.refused_tokens.add("token-1")
        faults = Faults(lost_responses=lost)
        sends.append(
            asyncio.create_task(wechat.say(worker.url, openid, f"问u{number % USERS}m{each}{slow}", faults=faults))
        )
        await asyncio.sleep(1 / PER_SECOND)
    await asyncio.gather(*sends)
    await asyncio.sleep(2.5)
    for number in range(USERS):
        await wechat.say(worker.url, f"openid-of-user-{number:04}", "问完")
    asked: dict[str, list[str]] = defaultdict(list)
    for conversation, text, _ in dialogue.turns:
        asked[conversation].append(text)
    assert len(asked) == USERS
    for texts in asked.values():
        assert [text[text.index("m") + 1] for text in texts[:-1]] == ["0", "1"]
        assert texts[-1] == "问完"
    for number in range(USERS):
        shown = "\n".join(wechat.texts(f"openid-of-user-{number:04}")).replace(words("deferred"), "")
        assert [shown.count(f"答：问u{number}m{each}") for each in range(2)] == [1, 1], shown
    assert wechat.token_fetches[:2] == [False, True]
