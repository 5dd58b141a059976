"""Formal names get the words that citizens use; the file is sound; looking them up stays fast."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from time import process_time
from typing import Any

import pytest
import yaml

from knowledge_base.errors import BadFile
from knowledge_base.text import align, mandarin
from knowledge_base.thesaurus import MOST, THESAURUS, read_thesaurus, spoken_for

WRITTEN = THESAURUS.read_text(encoding="utf-8")
ROWS: list[dict[str, Any]] = [row for rows in yaml.safe_load(WRITTEN).values() for row in rows]
TERMS = read_thesaurus(WRITTEN)


def test_the_file_covers_the_catalogue() -> None:
    assert len(ROWS) >= 900


def test_no_row_stands_twice() -> None:
    rows = Counter((tuple(sorted(row["official"])), tuple(sorted(row["spoken"]))) for row in ROWS)
    assert [row for row, times in rows.items() if times > 1] == []


def test_every_row_has_two_to_ten_spoken_words_and_none_is_its_own_term() -> None:
    wrong = [row for row in ROWS if not 2 <= len(row["spoken"]) <= 10 or set(row["spoken"]) & set(row["official"])]
    assert wrong == []


def test_every_word_is_simplified_and_has_no_space_around_it() -> None:
    words = [word for row in ROWS for word in (*row["official"], *row["spoken"])]
    assert [word for word in words if align(word) != word.lower() or word != word.strip()] == []


def test_no_term_is_rewritten_for_search_so_that_it_is_found_in_rewritten_names_too() -> None:
    assert [term for term in TERMS if mandarin(term) != term] == []


def test_every_line_fits_the_screen() -> None:
    assert max(map(len, WRITTEN.splitlines())) <= 160


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("外国人永久居留身份证签发", "绿卡"),
        ("机动车驾驶证换证", "驾照"),
        ("机动车驾驶证换证", "驾照到期"),
        ("企业职工基本养老保险待遇申领", "退休金"),
        ("取水许可延续", "到期了接着办"),
        ("《出生医学证明》补发", "出世纸"),
        ("最低生活保障对象认定", "低保"),
        ("信访事项办理", "上访"),
        ("二级建造师初始注册", "二建"),
        ("预防接种服务", "打疫苗"),
        ("法律援助申请", "免费律师"),
        ("不动产权证书遗失补发", "红本本"),
        ("林木采伐许可证核发", "砍树"),
        ("烟草专卖零售许可证新办", "烟证"),
        ("ETC发行服务", "不停车收费"),
        ("etc发行服务", "不停车收费"),
    ],
)
def test_a_formal_name_gets_the_everyday_word(name: str, spoken: str) -> None:
    assert spoken in spoken_for(name)


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("离婚登记", "领结婚证"),
        ("补领婚姻登记证", "领结婚证"),
        ("不动产抵押权首次登记", "机器抵押"),
        ("投标保证金退还", "取保"),
        ("劳动合同备案", "网签"),
        ("动物诊疗许可证核发", "开诊所"),
        ("赋予机关统一社会信用代码", "老赖"),
        ("新能源汽车推广补贴", "风力发电"),
        ("液化石油气经营许可", "恐龙蛋"),
        ("行政审批中介服务", "考公政审"),
        ("落实国家政策的通知", "保姆"),
        ("征收养老保险费", "领养"),
        ("设立户外广告牌", "单独立户"),
        ("提高企业标准", "高企申报"),
    ],
)
def test_a_formal_name_gets_no_word_of_another_matter(name: str, spoken: str) -> None:
    assert spoken not in spoken_for(name)


def test_the_words_of_longer_terms_come_first() -> None:
    words = spoken_for("取水许可延续")
    assert words.index("取水证到期") < words.index("抽水") < words.index("续上")


def test_no_word_comes_twice_and_none_that_the_text_holds() -> None:
    text = "退役军人优待证补发,优待证挂失,丢了"
    words = spoken_for(text)
    assert len(words) == len(set(words))
    assert [word for word in words if word in text] == []


def test_a_long_text_gets_no_more_words_than_allowed() -> None:
    assert len(spoken_for("".join(TERMS))) == MOST


@pytest.mark.parametrize("text", ["", "续", "你好,今天天气不错"])
def test_a_text_without_official_terms_gets_no_words(text: str) -> None:
    assert spoken_for(text) == ()


def test_every_term_is_found() -> None:
    assert [term for term in TERMS if not spoken_for(term) and not any(word in term for word in TERMS[term])] == []


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "mapping of themes"),
        ("- 低保", "mapping of themes"),
        ("a: []", "a: must be a list of rows"),
        ("a: [低保]", "a, row 1: must hold official and spoken"),
        ("a: [{official: [低保]}]", "a, row 1: must hold official and spoken"),
        ("a: [{official: [低保], spoken: [吃低保], note: 无}]", "a, row 1: must hold official and spoken"),
        ("a: [{official: 低保, spoken: [吃低保]}]", "official: must be a list of words"),
        ("a: [{official: [低保], spoken: []}]", "spoken: must be a list of words"),
        ("a: [{official: [低], spoken: [吃低保]}]", "'低' must be text of 2 to 12 characters"),
        ("a: [{official: [网站备案], spoken: [12345]}]", "12345 must be text"),
        ("a: [{official: [低保], spoken: [吃低保, 吃低保]}]", "stands twice"),
        ("a: [{official: [低保], spoken: [吃低保]}, {official: [低保], spoken: [困难户]}]", "term of another row"),
        ("a: [{", "thesaurus: "),
    ],
)
def test_a_malformed_file_is_refused_with_the_place_and_the_reason(written: str, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        read_thesaurus(written)


def test_looking_up_is_much_faster_than_trying_every_term() -> None:
    entries = list(islice(_long_texts(), 40))
    spoken_for(entries[0])  # load the file

    ours = min(_seconds(lambda: [spoken_for(text) for text in entries]) for _ in range(3))
    naive = min(_seconds(lambda: [[term for term in TERMS if term in text] for text in entries]) for _ in range(3))

    assert ours < naive / 2


def _long_texts() -> Any:
    names = list(TERMS)
    for start in range(len(names)):
        yield ("申请人应当提交下列材料:" + "、".join(names[start : start + 30]) + "。符合条件的予以办理" * 120)[:1200]


def _seconds(work: Any) -> float:
    started = process_time()
    work()
    return process_time() - started
