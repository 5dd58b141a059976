"""What is asked of a matter, told by the real embedding and the signs of aspects.yml."""

from __future__ import annotations

import pytest

from knowledge_base.aspects import AspectClassifier, aspect_table
from knowledge_base.embedding import Embedder
from knowledge_base.model import Aspect, Confidence, Question
from knowledge_base.text import mandarin
from tests.knowledge_base.factories import make_guide, make_statement

CLEAR = {
    Aspect.GENERAL: ("身份证怎么办", "我想办居住证", "高龄津贴怎么申请", "點樣辦護照", "想咨询一下公积金"),
    Aspect.CONDITION: ("低保要符合什么条件才能申请", "外地户口可不可以申请公租房"),
    Aspect.MATERIALS: ("办居住证要带什么材料", "换身份证需要准备哪些资料", "咁要帶咩", "要乜嘢文件"),
    Aspect.PROCESS: ("结婚登记的流程是怎样的", "申请退休分几步走"),
    Aspect.TIME: ("补办身份证多久能拿到", "護照要等幾耐", "几天办好"),
    Aspect.LEGAL_TIME: ("法定办结时限是几天", "法律规定最长多少天要办完"),
    Aspect.FEE: ("补身份证要多少钱", "那多少钱", "換證收費幾錢"),
    Aspect.WHERE: ("居住证在哪里办", "去邊度攞社保卡", "在龙归镇去哪个窗口办"),
    Aspect.ONLINE: ("可以在网上办吗", "手机上能不能申请", "粤省事可以办这个不"),
    Aspect.APPOINTMENT: ("去办护照要不要先预约", "周末窗口上班吗"),
    Aspect.PROXY: ("可以让我儿子代办吗", "我行动不便能不能委托别人去"),
    Aspect.RESULT: ("居住证有效期几年", "旧的身份证还能用吗"),
    Aspect.PHONE: ("咨询电话是多少", "有没有电话可以问"),
    Aspect.COMPLAINT_PHONE: ("监督投诉电话是多少",),
    Aspect.COURIER: ("证件能快递到家吗", "可唔可以寄俾我"),
    Aspect.VISITS: ("总共要跑几趟", "办这个要去几次现场"),
    Aspect.LAW: ("办这个的法律依据是什么", "是哪条法规规定的"),
}


@pytest.fixture(scope="module")
def classifier(embedder: Embedder) -> AspectClassifier:
    return AspectClassifier([], embedder.embed)


def asked(classifier: AspectClassifier, embedder: Embedder, message: str) -> Aspect:
    text = mandarin(message)
    return classifier.asked(text, embedder.embed([text])[0])


@pytest.mark.parametrize(("aspect", "message"), [(aspect, text) for aspect, texts in CLEAR.items() for text in texts])
def test_a_clear_question_is_understood(
    classifier: AspectClassifier, embedder: Embedder, aspect: Aspect, message: str
) -> None:
    assert asked(classifier, embedder, message) is aspect


@pytest.mark.parametrize("aspect", list(Aspect))
def test_a_quick_reply_leads_to_its_own_aspect(
    classifier: AspectClassifier, embedder: Embedder, aspect: Aspect
) -> None:
    assert asked(classifier, embedder, aspect_table()[aspect].ask) is aspect


def test_every_aspect_has_a_label_a_quick_reply_and_examples() -> None:
    table = aspect_table()
    assert table.keys() == set(Aspect)
    assert [aspect for aspect, row in table.items() if not (row.label and row.ask and len(row.examples) >= 6)] == []
    assert len({row.label for row in table.values()}) == len(Aspect)


@pytest.mark.parametrize("message", ["那多少钱", "咁要帶咩材料", "在哪里", "要幾耐", "电话呢", "可以网上办吗"])
def test_a_clipped_follow_up_names_an_aspect(classifier: AspectClassifier, message: str) -> None:
    assert classifier.is_named(mandarin(message))


@pytest.mark.parametrize("message", ["你好", "谢谢", "身份证", "高龄津贴"])
def test_a_message_without_an_aspect_names_none(classifier: AspectClassifier, message: str) -> None:
    assert not classifier.is_named(mandarin(message))


def test_the_frequent_questions_of_guides_teach_the_classifier(embedder: Embedder) -> None:
    answer = make_statement("示例", confidence=Confidence.GENERAL)
    question = Question(question="蓝色封皮那本归谁保管", answer=answer, aspect=Aspect.RESULT)
    taught = AspectClassifier([make_guide(faqs=(question,))], embedder.embed)
    assert asked(taught, embedder, "蓝色封皮那本归谁保管") is Aspect.RESULT
