"""The fixed messages of the speed run: all different, because a repeated one would come out of a cache."""

from __future__ import annotations

from itertools import product

SUBJECTS = (
    "第一次办身份证",
    "身份证到期换领",
    "补办丢失的身份证",
    "办居住证",
    "小孩出生入户",
    "夫妻投靠迁户口",
    "办护照",
    "港澳通行证续签",
    "社保卡补卡",
    "城乡居民养老保险参保",
    "灵活就业人员交社保",
    "领失业金",
    "异地就医备案",
    "城乡居民医保缴费",
    "生育津贴申领",
    "结婚登记",
    "离婚登记",
    "老年人优待证",
    "申请低保",
    "残疾人证",
    "公租房申请",
    "提取住房公积金",
    "不动产过户",
    "驾驶证换证",
    "机动车年检",
    "小学报名",
    "个体户注册",
    "公司注销",
    "食品经营许可",
    "高龄津贴",
)
FORMS = (
    "{}要带什么材料",
    "请问{}在哪里办",
    "{}多久能办好呀",
    "我想问下{}网上可以办吗",
    "{}要几多钱",
)


def messages() -> list[str]:
    """Every form with every subject, neighbours of different subject and form."""
    pairs = product(range(len(FORMS)), range(len(SUBJECTS)))
    return [FORMS[(form + subject) % len(FORMS)].format(SUBJECTS[subject]) for form, subject in pairs]


def reference_sentence(number: int) -> str:
    """A sentence of 20 characters, another one for each number below 1000."""
    return f"第{number:03d}句参照测量所用的二十个字的句子呀"
