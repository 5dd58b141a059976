"""Records for the tests of the knowledge base, and embedders that we wrote to watch what is embedded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from knowledge_base.embedding import Vectors
from knowledge_base.model import AnyEntry, Channel, Confidence, Faq, Gap, Guide, Statement


class CountingEmbedder:
    """Gives each text a vector drawn from its hash, and remembers which texts it was asked for."""

    def __init__(self, name: str = "counting", dim: int = 8) -> None:
        self.name = name
        self.dim = dim
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], *, keep: bool = False) -> Vectors:
        self.asked.extend(texts)
        return np.stack([_vector_of(text, self.dim) for text in texts])


class BreakingEmbedder(CountingEmbedder):
    """Gives out at most `works` vectors, then stops as a first start does when it is interrupted."""

    def __init__(self, works: int) -> None:
        super().__init__()
        self.works = works

    def embed(self, texts: Sequence[str], *, keep: bool = False) -> Vectors:
        if len(self.asked) + len(texts) > self.works:
            raise KeyboardInterrupt
        return super().embed(texts, keep=keep)


def _vector_of(text: str, dim: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
    vector = np.random.default_rng(seed).normal(size=dim).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def make_statement(text: str = "带身份证原件。", **changes: Any) -> Statement:
    values = {"confidence": Confidence.VERIFIED_COPY, "source": "示例文件"} | changes
    return Statement(text=text, **values)


def make_guide(code: str = "T01", name: str = "示例事项办理", **changes: Any) -> Guide:
    return Guide(code=code, name=name, **changes)


def make_channel(code: str = "yss", **changes: Any) -> Channel:
    values = {
        "name": "粤省事",
        "kind": "wechat_mp",
        "how": "在微信里搜索。",
        "confidence": Confidence.GENERAL,
    } | changes
    return Channel(code=code, **values)


def make_small_base() -> list[AnyEntry]:
    """Eight entries with near-misses among them: enough for a search with the real model in a second."""
    return [
        Guide(
            code="S01",
            name="居民身份证首次申领",
            aliases=("第一次办身份证", "小孩办身份证"),
            similar_questions=(
                "孩子从来没有办过身份证怎么办",
                "头一次领身份证要带什么",
                "未成年人第一次申领身份证",
                "宝宝办身份证要多久",
            ),
            neighbours=("S02", "S03"),
            contrast="从来没有领过身份证",
        ),
        Guide(
            code="S02",
            name="居民身份证换领",
            aliases=("身份证到期换证", "换身份证"),
            similar_questions=(
                "身份证快过期了怎么换",
                "身份证有效期到了去哪里换新的",
                "到期换领身份证要钱吗",
                "二代证还有一个月过期",
            ),
            neighbours=("S01", "S03"),
            contrast="有身份证，快到期或已经到期",
        ),
        Guide(
            code="S03",
            name="居民身份证丢失补领",
            aliases=("补办身份证", "身份证挂失补办"),
            similar_questions=(
                "身份证丢了怎么补",
                "钱包被偷身份证没了",
                "身份证找不到了要补办",
                "弄丢身份证补领多少钱",
            ),
            neighbours=("S01", "S02"),
            contrast="身份证丢了、找不到了",
        ),
        Guide(
            code="S04",
            name="居住证办理",
            aliases=("办居住证", "流动人口居住证"),
            similar_questions=(
                "外地人在武江租房怎么申请居住证",
                "居住证要住满多久才能办",
                "非本地户口办居住证的材料",
                "居住证签注在哪里",
            ),
        ),
        Guide(
            code="S05",
            name="社会保障卡申领",
            aliases=("办社保卡", "三代社保卡"),
            similar_questions=(
                "社保卡怎么办理",
                "新参保去哪家银行领社保卡",
                "第三代社会保障卡申请",
                "社保卡几天能拿到",
            ),
        ),
        Guide(
            code="S06",
            name="高龄津贴申领",
            aliases=("高龄补贴", "老人津贴"),
            similar_questions=(
                "八十岁老人补贴怎么领",
                "我奶奶八十五岁有没有津贴",
                "高龄老人每个月发多少钱",
                "长寿津贴去哪申请",
            ),
        ),
        Faq(
            code="S07",
            name="办件进度怎么查",
            aliases=("进度查询", "查办理进度"),
            similar_questions=(
                "我交了材料现在办到哪一步了",
                "申办流水号怎么查结果",
                "业务办完了没有在哪里看",
                "查一下我的申请进度",
            ),
        ),
        Gap(
            code="S08",
            name="养犬登记",
            aliases=("办狗证", "养狗证"),
            similar_questions=(
                "家里养狗要登记吗",
                "狗狗上牌去哪里办",
                "小狗的证怎么申请",
                "养犬登记要打疫苗吗",
            ),
            summary=make_statement("知识库尚未收录“养犬登记”的办事指南。", confidence=Confidence.GENERAL),
        ),
    ]
