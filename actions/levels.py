"""The five levels of 好差评 as people say them; a "not" before "satisfied" is never overheard."""

from __future__ import annotations

import re

from knowledge_base.text import normalise

_VERY = r"(?:非常|很|太|极其?|极度|十分|超级?|特别|完全|相当|一点(?:都|也|儿都)?)"
_NOT = r"(?:不|唔|没|未|冇|无法|难以|谈不上|说不上|算不上)(?:是|算|够|怎么|太|大|法|那么|很|非常|特别|十分|有)*"

# First match wins: 5 非常满意 … 1 非常不满意 (国办发〔2019〕51号).
LEVELS: tuple[tuple[int, str, re.Pattern[str]], ...] = (
    (4, "满意", re.compile(r"(?:没有?|冇)(?:什么|任何)?不满")),
    (1, "非常不满意", re.compile(rf"{_VERY}的?[不唔]满|[一1]颗?星|(?<!\d)[01]分(?!钟)|差评|零分|{_VERY}差|最差|垃圾")),
    (
        2,
        "不满意",
        re.compile(
            rf"{_NOT}满意|不满|[两二2]颗?星|(?<!\d)2分(?!钟)|失望|差劲|敷衍|[不唔](?:太|够|怎么)?(?:好|行|可以)|差$"
        ),
    ),
    (3, "基本满意", re.compile(r"(?:基本|勉强)满意|还行|一般|凑合|马马虎虎|过得去|[三3]颗?星|(?<!\d)3分(?!钟)|中评")),
    (5, "非常满意", re.compile(rf"(?:{_VERY}|好)满意|[五5]颗?星|(?<!\d)(?:5|10|100)分(?!钟)|满分|好评|点赞|太好")),
    (4, "满意", re.compile(r"满意|[四4]颗?星|(?<!\d)4分(?!钟)|不错|挺好|可以(?!.{0,4}(?:评|打分))")),
)


def read_level(message: str) -> tuple[int, str] | None:
    """Score (1–5) and label of a rating said in words, None when none is said."""
    text = normalise(message)
    return next(((score, label) for score, label, sign in LEVELS if sign.search(text)), None)
