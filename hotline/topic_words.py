"""The words and the place that a group of messages has in common.

Words are found as strings that many members share and few other messages hold (class-based TF-IDF), without a
dictionary: names of estates, firms and cases are in none.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from hotline.intake_place import read_location

MOST_MEMBERS = 100  # members that are looked at, the most typical
LOOKED_AT = 200  # characters of each
LENGTHS = range(2, 17)  # characters of a string
MOST_WORD = 12  # characters of a word; what is longer is a sentence that was copied
LEAST_SHARE = 0.3  # of the members that must hold a word
PIECE_SHARE = 0.6  # of a word's holders that hold the same longer string: then the word is a piece of it
CANDIDATES = 40  # words whose rarity is counted
PLACES = 8  # named places that are compared
PLACE_LENGTHS = range(3, 13)  # characters of a place
PLACE_SHARE = 0.4  # of the members that must name a place; one that stands below the title counts half

# Ways to begin and end that say nothing of the matter.
FORMULA = re.compile(
    r"请问|请求|请|咨询|询问|反映|反应|关于|建议|投诉|举报|希望|强烈|要求|呼吁|尽快|加快|加强|加大|刻不容缓|何时"
    r"|什么时候|能否|可否|是否|问题|有关|相关|部门|领导|政府|严重|力度|步伐|如何|怎么|为什么|帮忙|解决|处理|您好"
    r"|你好|尊敬|谢谢|韶关市|武江区|我市|我区|本市|本区|市民|[^\w]|_"
)
_EDGE = set("的了在是和与对我你您他她它们等有个这那也都被把及或就不没要会能可以到从为向于之其所且但因而又还很太将给让")
_HOUSE = re.compile(r"\d+(?:号(?!线)|栋|幢|单元|室|座|楼)")  # one house is no matter of many
_NUMERAL = re.compile(r"[\d年月日号时分元点]+")
_PEOPLE = re.compile(
    "业主|村民|居民|学生|家长|教师|老师|职工|员工|商户|摊贩|司机|老人|残疾人|农民工|工人|乘客|消费者|购房者|患者"
    "|租户|退役军人|儿童|游客|养殖户|种植户"
)
_AROUND = re.compile(r"^(?:位于|在|是|的|关于)+|(?:旁边?|附近|周边|对面|门口|的|在|有|内|里)+$")


def keywords(members: Sequence[str], all_texts: Sequence[str], most: int = 6) -> tuple[str, ...]:
    """At most `most` words, the most telling first. Each text is a title, a line break and a body.

    A word stands in a title, and in two members at least.
    """
    looked_at = [text[:LOOKED_AT] for text in members[:MOST_MEMBERS]]
    titles = [text.partition("\n")[0] for text in looked_at]
    in_titles = {word for title in titles for word in _strings(title)}
    least = max(2, math.ceil(LEAST_SHARE * len(looked_at)))
    holding = {word: sum(word in text for text in looked_at) for word in in_titles}
    shared = {word: count for word, count in holding.items() if count >= least}
    whole = [word for word in _whole(shared) if len(word) <= MOST_WORD and not _is_empty(word)]
    whole.sort(key=lambda word: (-shared[word], -len(word), word))
    scores = {word: shared[word] * _rarity(word, all_texts) for word in whole[:CANDIDATES]}
    chosen: list[str] = []
    for word in sorted(scores, key=lambda each: (-scores[each], each)):
        if not any(_overlap(word, other) for other in chosen):
            chosen.append(word)
    return tuple(chosen[:most])


def common_place(members: Sequence[str], named: Iterable[str] = ()) -> str:
    """The place that most members name, or nothing. `named` are places that are known for some of them."""
    texts = [text[:LOOKED_AT].partition("\n") for text in members[:MOST_MEMBERS]]
    known = [place for place in named if place]
    known = known or [place for title, _, _ in texts[:40] if (place := read_location(title))]
    parts = {
        place[start : start + length]
        for place, _ in Counter(known).most_common(PLACES)
        for length in PLACE_LENGTHS
        for start in range(len(place) - length + 1)
    }
    holding = {part: sum(1.0 if part in title else 0.5 * (part in rest) for title, _, rest in texts) for part in parts}
    least = max(1.5, PLACE_SHARE * len(texts))
    enough = [part for part in parts if holding[part] >= least]
    best = _AROUND.sub("", max(enough, key=lambda part: (holding[part] * len(part), part), default=""))
    return best if len(best) >= PLACE_LENGTHS.start else ""


def common_people(members: Sequence[str]) -> str:
    """The group of people that most members speak of, such as 业主, or nothing."""
    found = Counter(word for text in members[:MOST_MEMBERS] for word in set(_PEOPLE.findall(text[:LOOKED_AT])))
    word, count = max(found.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return word if count >= max(2, LEAST_SHARE * min(len(members), MOST_MEMBERS)) else ""


def _strings(text: str) -> Iterator[str]:
    for run in FORMULA.sub(" ", _HOUSE.sub(" ", text)).split():
        for start in range(len(run)):
            for length in LENGTHS:
                if start + length > len(run):
                    break
                yield run[start : start + length]


def _whole(shared: dict[str, int]) -> list[str]:
    """Words that are not merely a piece of a longer string."""
    pieces = {
        piece
        for word, count in shared.items()
        for piece in (word[1:], word[:-1])
        if count >= PIECE_SHARE * shared.get(piece, math.inf)
    }
    return [word for word in shared if word not in pieces]


def _overlap(word: str, other: str) -> bool:
    """Do they have half of the shorter one in common?"""
    pairs, others = ({each[at : at + 2] for at in range(len(each) - 1)} for each in (word, other))
    return 2 * len(pairs & others) >= min(len(pairs), len(others))


def _is_empty(word: str) -> bool:
    return word[0] in _EDGE or word[-1] in _EDGE or bool(_NUMERAL.fullmatch(word))


def _rarity(word: str, texts: Sequence[str]) -> float:
    return math.log((1 + len(texts)) / (1 + sum(word in text for text in texts)))
