"""Read what a citizen wants with a form in progress, and which kind of order a message plainly asks for."""

from __future__ import annotations

import re
from enum import StrEnum

from hotline.model import OrderType
from knowledge_base.text import normalise


class Control(StrEnum):
    """What a message does to the form itself. NONE: it only gives facts, or has nothing to do with the form."""

    NONE = "none"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    CORRECTION = "correction"  # also "not yet": something is to be changed before it is filed
    RESUME = "resume"
    ASK_STATUS = "ask_status"
    SKIP = "skip"


_END = r"(?:了|啦|喇|吧|呀|啊|哦|喔|咯|嘛|㗎|呢|先|的|哈|噢|唔该|谢谢|多谢|,|。|!|~|\.| )*"
_THING = r"(?:投诉|举报|反映|登记|报|填|弄|搞|整|写|交|提交|提|办|申请|录|继续|下去|告|说|讲|问)"
_SELF = r"(?:^|[,。!~ ]|我|都系|还是|算了|那|就|决定)"
_THIS = r"(?:这个|这|呢个|呢|那个|本次|我的|我嘅|刚才的|刚才|该)*"
_FORM = r"(?:工单|单子|单|投诉|举报|登记|申请|诉求|表格?|表单|求助|反映|建议|内容|填写|提交)"

_CANCEL = re.compile(
    rf"^(?:嗯|哦|那|那就|还是|都系|我看|不好意思|哎|唉|等等|等下|我|我想|想|要|请|帮我|麻烦|把|将|,| )*(?:就)?"
    rf"(?:算了?|算数|罢了?|作罢|取消(?:掉|咗|了)?{_THIS}{_FORM}?|(?:{_THIS}{_FORM})?(?:取消|撤销|撤回|撤掉|作废|撤咗"
    rf"|撤)(?:掉|了)?{_THIS}{_FORM}?|撤单|放弃|退出|终止|停止(?:{_FORM})?|结束{_FORM}|当我没(?:说|讲|问|来)|不用了"
    r"|唔使(?:了|喇|啦)|费事(?:搞|理|整)?|cancel|quit|exit|stop)"
    rf"(?:,|。| |{_END}|不|唔|$)"
    rf"|{_SELF}(?:不|唔)(?:想|要|用|需要|打算|再|系|使|好)*{_THING}(?:{_FORM}|上去|下去)?(?:了|喇|啦|咯){_END}$"
    rf"|{_SELF}(?:不|唔)(?:想|要|用|需要|使|再|准备)*(?:搞|整|弄|填|投诉|举报|反映|登记|追究)(?:住)?(?:了|喇|啦|咯)"
    r"|(?:已经|已|自己)(?:经)?(?:解决|处理|谈|和解|搞定|协商)(?:好|掉|定)?(?:了|咗|喇)[^但可]{0,6}(?:不用|不必|唔使"
    r"|不需要|取消|撤)|唔好(?:整|搞|投诉|填|交)(?:了|喇|啦)|太麻烦(?:了|,| )*(?:不|算|唔)"
)
_NOT_CANCEL = re.compile(
    r"(?:不|别|唔|没有?|先别|唔好|不要|不想|千万别|请勿)(?:要|想|用|能|会|帮我)*(?:取消|撤销|撤回|撤|放弃|退出|算了"
    r"|作废)|(?:能|可以|可不可以|怎么|点样|如何)(?:取消|撤销|撤回|退出)[^了]*(?:吗|么|\?|呀|咩|吧|$)(?<=吗|\?|么|咩)"
    r"|不取消|别取消|取消(?:资格|低保|婚|名额|证|订单|合同|航班|预约)|被取消|算了(?:一下|笔)|撤销(?:婚|处分|行政"
    r"|登记决定)"
)
_CORRECTION = re.compile(
    r"(?:不|唔)(?:对|啱|是这样|系咁|准确|太对|正确)(?!外)|错(?:了|咗|啦|喇|误)|(?:写|打|填|讲|说|搞|弄|记|报|录|输"
    r"|听)错|有误|改(?:成|为|做|一下|下|返|正|过来|个|电话|地址|地点|时间|内容|名|回|$|吧)|更正|修改|修正|纠正|更改"
    r"|换(?:成|个|一个|为)"
    r"|(?:不是|唔系|并非)[^,。!? ]{1,20}?(?:,|。| )*(?:而)?(?:是|系|应该是|应该系|应为)|应该(?:是|系)|应为"
    r"|补充(?:一下|一点|下|多)?|重新(?:填|写|说|来|改)|漏(?:了|咗)|少(?:了|写了|咗)|加上|加多"
)
_HOLD = re.compile(
    r"(?:先|暂时|等下再|等阵先|迟啲先)?(?:别|不要|唔好|先不|不(?=交|提交)|唔(?=交|提交)|勿)(?:急着?|忙着?|要|着急"
    r"|用)*(?:交|提交|发|报|递|上传|确认|发送)(?:住|先|出去|上去)?(?!了吗|了没)"
    r"|(?:还|仲|都)?(?:没|未|冇)(?:有)?(?:说|讲|写|填|弄|搞|整|讲|补)?(?:完|好|晒|得)|(?:不|唔)(?:可以|行|得|能|同意"
    r"|确定|好|是|系|要)|不$|等(?:等|一下|下|阵|我|一等|会)|慢(?:着|住|点)|且慢|稍等|未得|唔系|先等"
)
_RESUME = re.compile(
    rf"继续(?:吧|填|刚才|之前|上次|我的|投诉|登记|{_FORM}|说|讲|$|写|反映)|接着(?:来|填|说|刚才|上次|$|弄|写)"
    rf"|回到(?:刚才|投诉|{_FORM})|刚才(?:那个|的)?(?:{_FORM})(?:继续|接着|还在|填到)|(?:恢复|重新打开){_FORM}|返(?:去"
    r"|转头)(?:填|投诉)|说回(?:刚才|投诉|那)|讲返(?:啱先|投诉)|填到(?:哪|边)"
)
_ASK_STATUS = re.compile(
    rf"(?:{_FORM})(?:现在|而家|目前)?(?:到|去到|处理到|办到)?(?:哪|边)(?:一步|里|度|了)|(?:查|看|睇|查询|查一?下"
    rf"|查查)(?:下|一下|吓)?{_THIS}(?:工单|单子?|进度|投诉|举报|诉求|处理)(?:进度|结果|状态|情况)?|wj ?\d{{8,}}|进度"
    r"|(?:有|冇|没有?)(?:结果|回复|下文|回音)(?:了|没|吗|未|冇|$)|处理得?(?:怎么样|点样|如何|好未|完没)|(?:受理|办结"
    r"|派单|处理|回复)(?:了)?(?:没有?|吗|未)$|(?:提交|交|发|登记|报)(?:上去|成功|出去)*(?:了|咗)(?:没有?|吗|未)\??$"
    r"|几时有(?:结果|回复)"
)
_SKIP = re.compile(
    r"^(?:这个|呢个|我|也|都|真的|就|具体|时间|地址|地点|电话|门牌|这|那|,| )*(?:跳过|略过|skip|pass|下一(?:个|项"
    r"|步)|(?:不|唔)(?:知道?|清楚|记得|确定|晓得|填|写|方便|想说|想讲|想填|便|了解|识|好说|提供)|记不(?:清|得|起"
    r"|住)(?:楚)?|想不起(?:来)?|唔记得|忘(?:了|记|咗)|不详|未知|没有?|冇|无|没(?:了|啦|别的|其他)|没有(?:了|更多"
    r"|其他|别的)?|说不(?:清|准|上来)|讲唔清|不好说|看不清|先空着|空着|留空|不必填|随便填|以后再(?:说|补)|都(?:没"
    r"|冇))"
    r"(?:了|的|嘅|具体|清楚|时间|地址|地点|门牌|电话|号码?|多少|几多|哪天|边日|别的|更多|其他|补充|什么|啥|要补充|得"
    r"|楚|喇|啦|呀|啊|吧|啰|这个|呢个|,|。| |先|准确){0,6}$"
)
_YES = (
    r"(?:对(?!不|外|面|方)|是(?!不|谁|否)|系(?!咪|唔)|嗯+|恩|好(?!像|多|似)|好的|好呀|好啊|行|可以|得(?!到|了吧)"
    r"|得喇|ok(?:ay)?|okk|yes|y|yep|sure|没错|冇错|啱(?!啱)|正确|准确|确认|确定|无误|同意|提交|发送|(?:没|冇|没有"
    r"|无)(?:问题|毛病)|就这样|就咁|就这些|就系咁|照办|通过|可|妥|成|中|没意见|没有了|冇喇|冇啦|齐|齐了|搞掂|搞定)"
)
_CONFIRM = re.compile(
    rf"{_YES}|(?:交|提交|发|发送|报|递交|递|上传|登记|确认|受理|上交|送|弄|立案|出单|下单)(?:上去|出去|单|工单|投诉)?"
)
_AROUND_YES = re.compile(
    r"那就|那么|(?:按|照)(?:这个|呢个|上面的?|此)|那|这么|这样|咁样|咁|就|都|全部|全|基本|上面|以上|内容|信息|资料"
    r"|数据|我看|我觉得|觉得|我确认|我|你|您|请|麻烦|帮我|帮|给|直接|马上|现在|快点|快|赶紧|唔该|谢谢|多谢"
    r"|完全|应该|已经|晒|了|啦|喇|吧|呀|啊|哦|喔|咯|嘛|㗎|呢|先|的|嘅|哈|噢|一下|下|去|行|可以|没|有|呗|[,。!~.、 ]"
)
_QUESTION_ONLY = re.compile(r"(?:吗|么|咩|没有|未|\?)$")
_SENT = re.compile(r"(?:发|交|提交|报)(?:了|咗|上去|出去)?(?:吧|啦|喇)$")
_LONGEST_CONFIRMATION = 24  # characters; a longer message says more than yes


def read_control(text: str) -> Control:
    """What the message does to the form; cancelling outranks correcting, correcting outranks confirming."""
    message = normalise(text).strip()
    if _CANCEL.search(message) and not _NOT_CANCEL.search(message):
        return Control.CANCEL
    if _RESUME.search(message):
        return Control.RESUME
    if _ASK_STATUS.search(message):
        return Control.ASK_STATUS
    if _SKIP.match(message):
        return Control.SKIP
    if _CORRECTION.search(_without_agreement(message)):
        return Control.CORRECTION
    if _is_confirmation(message):
        return Control.CONFIRM
    return Control.CORRECTION if _HOLD.search(_without_agreement(message)) else Control.NONE


def _without_agreement(message: str) -> str:
    """Blank the ways to agree that hold a "no" or a "wrong"."""
    return re.sub(
        r"没错|冇错|没(?:有)?(?:写|填|说|搞|弄)?错(?:误|的)?|不错|唔错|(?:没|冇|没有)(?:什么|咩)?(?:问题|意见"
        r"|要改的?|要补充的?|补充|需要改的)|(?:不|唔)(?:用|需要|使|必)(?:再)?(?:改|补充|修改|更正)(?:了|喇)?|无误"
        r"|是不是|系唔系|对不起",
        "#",
        message,
    )


def _is_confirmation(message: str) -> bool:
    agreed = re.sub(
        r"没有?问题|冇问题|没(?:有)?错|冇错|没意见|没有(?:要|需要)(?:改|补充)的|不用改了?|唔使改|无误|没有了",
        "对",
        message,
    )
    if len(agreed) > _LONGEST_CONFIRMATION or not _CONFIRM.search(agreed):
        return False
    if _AROUND_YES.sub("", _CONFIRM.sub("", agreed)):
        return False
    if _HOLD.search(re.sub(r"^(?:不用|唔使)", "", agreed)):
        return False
    return bool(_SENT.search(agreed)) or not _QUESTION_ONLY.search(agreed)


_ASKED = re.compile(  # about filing, or about one filed before: not a wish to file
    r"(?:投诉|举报|建议|求助|表扬|咨询)(?:的)?(?:电话|热线|渠道|方式|流程|奖励|有奖|奖金|范围|条件|平台|网站|信箱"
    r"|邮箱|部门)|(?:怎么|如何|点样|怎样|哪里|去哪|边度|可以|能不能|可唔可以|在哪)(?:里)?(?:可以|能)?(?:投诉|举报"
    r"|反映)(?:吗|么|\?|$|呢)"
    r"|(?:上次|之前|以前|上周|昨天|前天|我的|已经|已|刚才|上回|那个)[^,。]{0,6}(?:投诉|举报|反映|建议|求助)(?:的|过"
    r"|了)|(?:被|俾)(?:人|邻居|客户)?(?:投诉|举报|实名举报)|查(?:一下|下)?(?:我的)?(?:投诉|举报|工单)|催办|举报人"
    r"|投诉人|建议书|不(?:想|要)?(?:投诉|举报)(?:了)?"
)
_TYPES: tuple[tuple[OrderType, re.Pattern[str]], ...] = (
    (
        OrderType.REPORT,
        re.compile(
            r"(?:我|本人|实名|匿名|要|想|来|特此|在此|现|向你们|^|,|。| )(?:要|想|来|再|实名|匿名"
            r"|向.{0,4})*(?:举报|检举"
            r"|揭发|告发|爆料)"
        ),
    ),
    (
        OrderType.COMPLAINT,
        re.compile(
            r"(?:我|本人|要|想|来|必须|坚决|强烈|特此|再次|^|,|。| )(?:要|想|来|再|实名|匿名|强烈|必须)*投诉|(?:^"
            r"|我)(?:要|想)?投拆"
        ),
    ),
    (
        OrderType.PRAISE,
        re.compile(
            r"(?:要|想|来|应该|必须|值得|请|^|,|。| )(?:好好|公开|特别|点名|给|你们|大大|点|地|一下)*(?:表扬|夸奖|夸夸"
            r"|嘉奖)|点(?:个)?赞|送(?:一)?(?:面|个|幅)?锦旗|感谢信"
        ),
    ),
    (
        OrderType.SUGGESTION,
        re.compile(
            r"(?:我|有|提|个|点|几|些|要|想|^|,|。| )(?:个|条|点|些|一|小|几条|一点)*(?:建议|提议)(?!书|零售|价)"
            r"|提(?:个"
            r"|点|一个|些)?(?:合理化)?(?:意见|建议)"
        ),
    ),
    (
        OrderType.HELP,
        re.compile(
            r"(?:我|要|想|来|紧急|^|,|。| )(?:要|想|来)*求助(?!站)|(?:请|求|恳请|希望|盼)(?:政府|你们|有关部门"
            r"|社区|民政"
            r"|领导|求|好心|各位)*(?:帮帮|救济|伸出援手|拉.{0,2}一把|帮帮忙)"
        ),
    ),
    (
        OrderType.CONSULT,
        re.compile(r"(?:我|要|想|来|^|,|。| )(?:要|想|来)*(?:咨询|谘询)(?:一下|下|个|件|问题|关于|,|$)"),
    ),
)


def order_type_of(text: str) -> OrderType | None:
    """The kind of order a message asks for in plain words; None leaves it to the intent classifier."""
    message = normalise(text)
    if _ASKED.search(message):
        return None
    found = [(match.start(), order_type) for order_type, pattern in _TYPES if (match := pattern.search(message))]
    return min(found, key=lambda each: each[0])[1] if found else None
