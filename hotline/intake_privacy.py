"""Read whether a citizen wants to be named, hidden from handlers, or not known at all."""

from __future__ import annotations

import re

from hotline.model import Privacy

_SUBJECTS = re.compile(  # the publicity and secrecy of other things
    r"(?:信息|政务|村务|财务|账目|校务|厂务|党务|收支|名单|标准|结果|价格|收费|账本|透明|依法|主动)(?:不|没有?|未|要"
    r"|应该?|也|都)*公开"
    r"|公开(?:账|财务|信息|村务|招|透明|收支|名单|标准|结果|道歉|课|赛|竞|拍卖|选拔|征|栏|投票|摆卖|叫卖|食|菜)"
    r"|保密(?:协议|费|局|工作|制度|条例|合同|柜|资质)"
    r"|匿名(?:电话|信|群|短信|账号|贴|帖)|(?:不|没|未)(?:给|肯|愿意?)?公开(?:的|账|财|村)"
)
_PUBLIC = re.compile(
    r"(?:不|唔|无|没)(?:用|需要?|必|要求|使|有必要|怕)(?:帮我|给我)?(?:保密|匿名|隐藏|隐瞒)|(?:不|唔)(?:保密"
    r"|匿名)(?!不|唔)|无需(?:保密|匿名)|没必要(?:保密|匿名)"
    r"|公不公开都|保不保密都|保密不保密|公开不公开都|公开(?:还是|或者?)保密都"
    r"|(?:不|唔)怕(?:他|佢|别人|人家|被人|俾人)?(?:知道|知|报复)|(?<!非)实名"
)
_INDIFFERENT = re.compile(r"无所谓|冇所谓|随便|都(?:行|可以|得|没关系|冇所谓|没问题)|没关系|冇关系|没问题")
_ANONYMOUS = re.compile(
    r"匿名|(?:不|唔|别)(?:想|要|愿意?|方便|好|肯|用)*(?:留|写|填|登|报|署|透)(?:我|的|嘅|下|个|真|姓)*(?:姓名|名字"
    r"|名)|(?:不|唔)(?:想|愿意?|要)?实名|姓名(?:就)?(?:不|唔)(?:留|写|填|提供)|无名氏|隐姓埋名|不具名"
)
_WHO = (
    r"(?:他们?|她|佢哋?|人家?|别人|任何人|对方|老板|老细|物业|邻居|村里?|公司|单位|店家|商家|学校|领导|外面|其他人"
    r"|被投诉(?:人|方|单位)|任何单位|班主任|老师|包工头|房东|谁|边个)"
)
_CONFIDENTIAL = re.compile(
    r"保密|(?:不|唔|别|勿|莫)(?:同意|允许|赞成|要|想|能|愿意?|希望|方便|好|可以|准|可|得)*(?:对外)?(?:公开|公布|曝光|公示)"
    r"|(?:不|唔|别|勿|莫|切勿|千万别)(?:要|想|能|愿意?|希望|好|可以|准|可|得)*(?:对外|把我|将我|向.{0,4}"
    r"|给.{0,4})?(?:的|嘅)?.{0,6}?(?:透露|泄露|泄漏|暴露|披露|流出去|传出去|讲出去|说出去|供出)"
    r"|(?:不|唔|别|勿|莫|千万别)(?:要|想|能|愿意?|希望|好|可以|可|得)*(?:让|给|叫|俾|畀|被|告诉|话俾|话畀|跟|同|话"
    rf"|令|使){_WHO}.{{0,4}}?(?:知|晓得|看到|见到|听到|认出|我是谁|查到|讲|说|提)"
    rf"|(?:不|唔|别|莫|千万别)(?:要|想|好|可以)*(?:告诉|话俾|话畀){_WHO}|(?:不|唔|别|莫|千万别)(?:要|想|好|可以"
    r"|能)*(?:讲|说|提|话|写|报|显示|出现)(?:出|明|到|起|返)?(?:是|系|我|出来)*(?:我|本人)(?:嘅|的|个|投诉|举报|说"
    r"|讲|反映|名|是谁|姓|的名|$|,|。)"
    r"|隐(?:去|藏|瞒|掉|匿)|遮(?:住|掉|一下)?(?:我|姓名|名字|电话)|(?:保护|保护好|尊重)(?:我|举报人|投诉人|个人|一下"
    r"|好|的|我的)*(?:隐私|身份|信息)"
    r"|怕(?:被|俾)?(?:他|佢|人|对方|老板|打击|人家)*(?:们|家)?(?:打击)?(?:报复|穿小鞋|知道是我|知系我|找我麻烦"
    r"|揾我麻烦)"
)
_OPEN = re.compile(r"公开")
_SHORT = 12  # characters of a clause up to which a bare word answers the question about privacy
_ABOUT_SELF = re.compile(
    r"我|姓名|名字|身份|个人|电话|诉求|资料|投诉内容|可以公开|同意公开|愿意公开|公开(?:吧|就|也|没|处理|回复|$)"
)


def read_privacy(message: str) -> Privacy | None:
    """The wish a message expresses, or None; `message` must be normalised."""
    text = _SUBJECTS.sub("#", message)
    if _PUBLIC.search(text):
        return Privacy.PUBLIC
    if _ANONYMOUS.search(text):
        return Privacy.ANONYMOUS
    if _CONFIDENTIAL.search(text):
        return Privacy.CONFIDENTIAL
    if any(_OPEN.search(clause) and (len(clause) <= _SHORT or _ABOUT_SELF.search(clause)) for clause in _clauses(text)):
        return Privacy.PUBLIC
    return Privacy.PUBLIC if len(text) <= _SHORT and _INDIFFERENT.search(text) else None


def _clauses(text: str) -> list[str]:
    return re.split(r"[,。!?;、 ]", text)
