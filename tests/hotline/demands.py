"""Made-up demands for three units, and a small model learnt from them. Every text differs; no name in them is real."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import product

from hotline.learned import Example, Learned, Target, train
from knowledge_base.embedding import load_embedder

NOW = datetime(2025, 3, 4, 1, 30, tzinfo=UTC)
PLACES = ("示例一路", "示例二街", "示例花园", "示例新村", "示例市场", "示例广场")
PROBLEMS = {
    "区人社局": (
        "公司拖欠三个月工资",
        "厂里不签劳动合同",
        "老板没给工人买社保",
        "加班不给加班费",
        "被辞退没有经济补偿",
        "工伤认定一直没结果",
    ),
    "区教育局": (
        "小学入学名额怎么分",
        "培训班违规补课",
        "老师布置作业太多",
        "学校食堂饭菜不好",
        "幼儿园学费太贵",
        "中学转学手续难办",
    ),
    "区水务局": (
        "河道里有人挖沙",
        "水库大坝渗水",
        "排洪渠被泥沙堵住",
        "河堤塌了一段",
        "有人在河里电鱼炸堤",
        "灌溉水渠断流了",
    ),
}
CATEGORIES = {"区人社局": "劳动和社会保障", "区教育局": "教育文体", "区水务局": "农村农业"}


def demands() -> list[Example]:
    """108 demands with their unit."""
    return [
        Example(f"{place}{problem}", unit)
        for unit, problems in PROBLEMS.items()
        for place, problem in product(PLACES, problems)
    ]


def categorised() -> list[Example]:
    """The same demands with their category."""
    return [Example(text, CATEGORIES[unit]) for text, unit in demands()]


@cache
def learnt(target: Target = Target.UNIT) -> Learned:
    """A real model, by the real embedder; it takes a few seconds."""
    examples = demands() if target is Target.UNIT else categorised()
    return train(examples, load_embedder(), target, now=NOW)
