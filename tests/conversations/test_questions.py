"""Asking about guides: answer, follow-up, correction, choice, and what the base does not hold."""

from __future__ import annotations

import pytest

from bot.replies import Outcome
from knowledge_base.store import load_entries
from tests.conversations.conftest import Conversation, card, text_of

REPLACEMENT, RENEWAL, FIRST = "M03", "M02", "M01"  # of an identity card


async def test_a_question_is_answered_with_the_asked_aspect_first(citizen: Conversation) -> None:
    turn = await citizen.say("身份证丢了，补办要带什么材料")
    assert (turn.outcome, turn.entries[0], turn.aspect) == (Outcome.ANSWER, REPLACEMENT, "materials")
    answer = card(turn, "answer").data
    assert answer["code"] == REPLACEMENT
    assert answer["materials"]
    first_line, second_line = text_of(turn).splitlines()[:2]
    assert "材料" in first_line
    assert answer["materials"][0]["name"] in second_line


async def test_an_answer_names_the_online_entry_its_source_and_who_is_responsible(citizen: Conversation) -> None:
    turn = await citizen.say("补办身份证多少钱")
    answer = card(turn, "answer").data
    assert answer["aspect"] == "fee"
    assert answer["channel"]["name"]
    assert answer["source"]
    assert answer["unit"]
    for part in (answer["channel"]["name"], answer["source"], answer["unit"], answer["disclaimer"]):
        assert part in text_of(turn)


async def test_what_an_answer_quotes_stands_in_the_knowledge_base(citizen: Conversation) -> None:
    turn = await citizen.say("补办身份证多少钱")
    (entry,) = [entry for entry in load_entries(citizen.engine) if entry.code == REPLACEMENT]
    stored = {fee.text for fee in entry.fees}  # type: ignore[attr-defined]
    quoted = {line["text"] for line in card(turn, "answer").data["lead"]}
    assert quoted
    assert quoted <= stored


async def test_an_answer_offers_its_other_aspects_and_each_of_them_leads_on(citizen: Conversation) -> None:
    offered = (await citizen.say("身份证丢了怎么补办")).replies[0].quick_replies
    assert offered
    for question in offered:
        turn = await citizen.say(question)
        assert (turn.outcome, turn.entries[0]) == (Outcome.ANSWER, REPLACEMENT), question


@pytest.mark.parametrize(
    ("message", "aspect"),
    [("多少钱", "fee"), ("那要带什么", "materials"), ("咁要帶咩", "materials"), ("多久能拿到", "time")],
)
async def test_a_follow_up_without_its_subject_keeps_the_matter(
    citizen: Conversation, message: str, aspect: str
) -> None:
    turn = await citizen.say("身份证丢了去哪里补办", message)
    assert (turn.outcome, turn.entries[0], turn.aspect) == (Outcome.ANSWER, REPLACEMENT, aspect)


async def test_another_person_keeps_matter_and_aspect(citizen: Conversation) -> None:
    turn = await citizen.say("身份证丢了补办多少钱", "那老人家呢")
    assert (turn.outcome, turn.entries[0], turn.aspect) == (Outcome.ANSWER, REPLACEMENT, "fee")


async def test_a_correction_moves_to_the_right_matter(citizen: Conversation) -> None:
    before = await citizen.say("身份证到期了换证要带什么")
    assert before.entries[0] == RENEWAL
    turn = await citizen.say("不是换，是丢了")
    assert (turn.outcome, turn.entries[0], turn.aspect) == (Outcome.ANSWER, REPLACEMENT, "materials")
    assert (await citizen.say("多少钱")).entries[0] == REPLACEMENT


@pytest.mark.parametrize(
    ("question", "offered"), [("优待证怎么办", {"M31", "M32"}), ("身份证怎么办", {FIRST, RENEWAL, REPLACEMENT})]
)
async def test_a_question_that_fits_several_matters_is_asked_back(
    citizen: Conversation, question: str, offered: set[str]
) -> None:
    turn = await citizen.say(question)
    assert turn.outcome is Outcome.ASK_BACK
    assert offered <= set(turn.entries)
    choices = card(turn, "choices")
    assert [choice["code"] for choice in choices.data["choices"]] == list(turn.entries)
    assert len(choices.quick_replies) > len(turn.entries)


@pytest.mark.parametrize("question", ["优待证怎么办", "身份证怎么办"])
@pytest.mark.parametrize(("message", "place"), [("1", 0), ("第二个", 1), ("选2", 1)])
async def test_a_choice_is_made_by_number(citizen: Conversation, question: str, message: str, place: int) -> None:
    offered = (await citizen.say(question)).entries
    turn = await citizen.say(message)
    assert (turn.outcome, turn.entries[0]) == (Outcome.ANSWER, offered[place])


@pytest.mark.parametrize(
    ("question", "message", "code"),
    [
        ("优待证怎么办", "当过兵的那个", "M32"),
        ("优待证怎么办", "老人用的", "M31"),
        ("身份证怎么办", "丢了的那种", REPLACEMENT),
        ("身份证怎么办", "第一次办，小孩的", FIRST),
    ],
)
async def test_a_choice_is_made_in_words(citizen: Conversation, question: str, message: str, code: str) -> None:
    turn = await citizen.say(question, message)
    assert (turn.outcome, turn.entries[0]) == (Outcome.ANSWER, code)


async def test_a_tapped_choice_is_that_choice(citizen: Conversation) -> None:
    offered = card(await citizen.say("身份证怎么办"), "choices")
    turn = await citizen.say(offered.quick_replies[0])
    assert turn.entries[0] == offered.data["choices"][0]["code"]


async def test_none_of_the_choices_is_no_answer(citizen: Conversation) -> None:
    turn = await citizen.say("身份证怎么办", card(await citizen.say("身份证怎么办"), "choices").quick_replies[-1])
    assert turn.outcome is not Outcome.ANSWER


@pytest.mark.parametrize("message", ["第五个", "9"])
async def test_a_number_beyond_the_choices_picks_none(citizen: Conversation, message: str) -> None:
    assert (await citizen.say("身份证怎么办", message)).outcome is not Outcome.ANSWER


async def test_another_question_instead_of_a_choice_is_answered(citizen: Conversation) -> None:
    turn = await citizen.say("身份证怎么办", "社保卡怎么办理")
    assert (turn.outcome, turn.entries[0]) == (Outcome.ANSWER, "M11")


@pytest.mark.parametrize("message", ["1", "第二个"])
async def test_a_number_without_a_choice_before_it_answers_nothing(citizen: Conversation, message: str) -> None:
    assert (await citizen.say(message)).outcome is not Outcome.ANSWER


async def test_a_matter_that_the_base_does_not_hold_is_admitted_with_the_unit(citizen: Conversation) -> None:
    turn = await citizen.say("家里养狗要办证吗")
    assert turn.outcome is Outcome.ADMIT
    assert turn.entries == ()
    assert "养犬" in text_of(turn)
    assert "公安" in text_of(turn)
    assert "12345" in text_of(turn)
    assert {"work_order", "human_agent"} <= set(turn.meta["offers"])


async def test_what_nobody_can_know_is_admitted(citizen: Conversation) -> None:
    turn = await citizen.say("怎么申请在月球买房的补贴")
    assert turn.outcome is Outcome.ADMIT
    assert "12345" in text_of(turn)


@pytest.mark.parametrize(
    ("message", "region"),
    [("深圳的居住证怎么办", "深圳"), ("广州居住证去哪里办", "广州"), ("曲江区的低保怎么申请", "曲江区")],
)
async def test_a_matter_of_another_region_is_sent_there(citizen: Conversation, message: str, region: str) -> None:
    turn = await citizen.say(message)
    assert turn.outcome is Outcome.OUT_OF_SCOPE
    assert region in text_of(turn)
    assert "12345" in text_of(turn)


async def test_a_region_someone_comes_from_is_answered_here(citizen: Conversation) -> None:
    assert (await citizen.say("我户口在清远，在武江怎么办居住证")).outcome is Outcome.ANSWER


async def test_a_delegated_matter_names_the_counter_of_the_town(citizen: Conversation) -> None:
    turn = await citizen.say("我在龙归，高龄津贴去哪里办")
    assert (turn.outcome, turn.aspect) == (Outcome.ANSWER, "where")
    assert "龙归镇" in text_of(turn)
    assert text_of(turn).index("线上") < text_of(turn).index("龙归镇")


async def test_a_town_that_was_told_earlier_is_remembered(citizen: Conversation) -> None:
    turn = await citizen.say("我在龙归，高龄津贴要什么条件", "去哪里办")
    assert "龙归镇" in text_of(turn)


async def test_a_town_that_is_told_by_itself_is_remembered(citizen: Conversation) -> None:
    turn = await citizen.say("我住在龙归", "高龄津贴去哪里办")
    assert "龙归镇" in text_of(turn)


@pytest.mark.parametrize(
    "message", ["身份證唔見咗點補辦", "身分证掉了咋补", "俺身份证找不着了咋整", "身份正丢了怎么补半"]
)
async def test_other_scripts_dialects_and_typos_are_understood(citizen: Conversation, message: str) -> None:
    turn = await citizen.say(message)
    assert REPLACEMENT in turn.entries
    assert turn.outcome in (Outcome.ANSWER, Outcome.ASK_BACK)


async def test_conversations_do_not_hear_each_other(citizen: Conversation) -> None:
    other = Conversation(citizen.dialogue)
    await citizen.say("身份证丢了怎么补办")
    turn = await other.say("那多少钱")
    assert REPLACEMENT not in turn.entries
