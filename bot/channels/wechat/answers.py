"""What a message or event of WeChat is answered with. Most of it is text for the assistant; the rest is said here."""

from __future__ import annotations

import asyncio
import logging
import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.engine import Engine

from bot.channels.errors import ChannelError
from bot.channels.web.limits import TokenBuckets
from bot.channels.web.messages import parse_text
from bot.channels.web.turns import Conversations
from bot.channels.wechat import locations, people
from bot.channels.wechat.attachments import MOST, Attachments, TooMany
from bot.channels.wechat.messages import Incoming
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.texts import Answer, choices_of, compose
from bot.channels.wechat.wording import options, words
from bot.replies import Reply, TurnResult
from hotline.form import Field
from knowledge_base.model import Hall

LOG = logging.getLogger(__name__)
CHANNEL = "wechat"
SPOKEN_EVENTS = frozenset({"subscribe", "click", "scan"})  # the others need no answer
RECENT = 20  # messages in which the last turn is looked for
_NUMBER = re.compile(r"(?:回复|选)?\s*([1-9])\s*[.。、]?")

Handler = Callable[[str, str, Incoming], Awaitable[Answer]]


def is_silent(incoming: Incoming) -> bool:
    """An event after which nobody waits for an answer."""
    return incoming.type == "event" and incoming.event not in SPOKEN_EVENTS


def asked_of(incoming: Incoming) -> str:
    """The text that goes to the assistant, "" when this is answered otherwise."""
    if incoming.type == "text":
        return incoming.get("Content")
    if incoming.type == "voice":
        return incoming.get("Recognition")
    return incoming.get("EventKey") if incoming.event == "click" else ""


class Answers:
    """One method per kind of message."""

    def __init__(
        self,
        conversations: Conversations,
        attachments: Attachments,
        engine: Engine,
        sealer: Sealer,
        halls: Callable[[], Sequence[Hall]],
        limits: TokenBuckets,
    ) -> None:
        self._conversations = conversations
        self._attachments = attachments
        self._engine = engine
        self._sealer = sealer
        self._halls = halls
        self._limits = limits
        self._handlers: dict[str, Handler] = {
            "text": self._text,
            "voice": self._voice,
            "image": self._image,
            "location": self._location,
            "event:click": self._text,
        }

    async def answer(self, key: str, person_id: str, incoming: Incoming) -> Answer:
        """Never raises: what fails is said to have failed."""
        try:
            self._limits.take(person_id)
            if handler := self._handlers.get(incoming.kind):
                return await handler(key, person_id, incoming)
            return _fixed(incoming.kind)
        except ChannelError as error:
            return Answer(str(error))
        except Exception:
            LOG.exception("a message of %s… failed", person_id[:8])
            return Answer(words("failed"))

    async def again(self, key: str, person_id: str, asked: str) -> Answer:
        """Answer what a stopped worker left, as far as its text is known. The assistant is not asked twice."""
        try:
            return await self._say(key, person_id, asked) if asked else Answer(words("lost"))
        except Exception:
            LOG.exception("a message of %s… failed again", person_id[:8])
            return Answer(words("lost"))

    async def _text(self, key: str, person_id: str, incoming: Incoming) -> Answer:
        return await self._say(key, person_id, asked_of(incoming))

    async def _voice(self, key: str, person_id: str, incoming: Incoming) -> Answer:
        heard = asked_of(incoming)
        return await self._say(key, person_id, heard) if heard else Answer(words("voice_unheard"))

    async def _image(self, key: str, person_id: str, incoming: Incoming) -> Answer:
        form = await self._form_of(person_id)
        if form is None:
            return Answer(words("image_alone"))
        try:
            count = await self._attachments.fetch(person_id, incoming.get("MediaId"))
        except TooMany:
            said = words("image_too_many", most=MOST)
        else:
            said = words("image_kept", count=count) if count else words("image_failed")
        return Answer(f"{said}\n\n{words('image_next', question=form.text)}", choices_of(form))

    async def _location(self, key: str, person_id: str, incoming: Incoming) -> Answer:
        """The place of the order in progress, else the nearest counter."""
        place, counters = locations.place_of(incoming), locations.shipped_counters()
        halls = await asyncio.to_thread(self._halls)
        form = await self._form_of(person_id)
        if form is None:
            return Answer(locations.counters_text(place, halls, counters))
        where = place.label or locations.town_at(place, halls, counters)
        if not where:
            return Answer(f"{words('place_unclear')}\n\n{words('image_next', question=form.text)}", choices_of(form))
        is_asked = form.data.get("field") == Field.LOCATION.value
        return await self._say(key, person_id, where if is_asked else f"地点改成{where}")

    async def _say(self, key: str, person_id: str, text: str) -> Answer:
        """更多 and numbers mean what was shown last; everything else is for the assistant."""
        person = await asyncio.to_thread(people.find, self._engine, self._sealer, person_id)
        plain = unicodedata.normalize("NFKC", text).strip()
        if plain.strip("“”\"'。. ") in options("more_words"):
            return Answer(person.rest) if person and person.rest else Answer(words("no_more"))
        if (picked := _NUMBER.fullmatch(plain)) and person and int(picked[1]) <= len(person.choices):
            text = person.choices[int(picked[1]) - 1]
        return await self._ask(key, person_id, text)

    async def _ask(self, key: str, person_id: str, text: str) -> Answer:
        """The key is the client id of the transcript: the same message is worked on once, whichever worker has it."""
        _, reply = await self._conversations.answer(person_id, parse_text(text), key, CHANNEL)
        result = TurnResult.from_json(reply.payload["result"])
        for receipt in (each for each in result.replies if each.kind == "receipt"):
            await asyncio.to_thread(self._attachments.assign, person_id, str(receipt.data["number"]))
        return compose(result)

    async def _form_of(self, person_id: str) -> Reply | None:
        """The question of the order that is being filled in, when the last turn asked one."""
        last = await self._conversations.last_seq(person_id)
        for message in reversed(await self._conversations.after(person_id, max(0, last - RECENT))):
            if message.direction == "out" and message.payload.get("reply_to") is not None:
                replies = TurnResult.from_json(message.payload["result"]).replies
                return next((reply for reply in reversed(replies) if reply.kind == "form"), None)
        return None


def _fixed(kind: str) -> Answer:
    """Kinds that need no look at anything."""
    if kind == "event:subscribe":
        return Answer(words("greeting"), options("greeting_options"))
    if kind == "event:scan":
        return Answer(words("scanned"), options("greeting_options"))
    if kind in ("video", "shortvideo"):
        return Answer(words("video"))
    return Answer(words("link" if kind == "link" else "unknown"))
