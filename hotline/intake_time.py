"""Read when something happened: the citizen's own words for it, not a computed date."""

from __future__ import annotations

import re
from datetime import date

_N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3}|两)"
_PART = (
    r"(?:凌晨|清晨|清早|早上|早晨|朝早|今早|上午|中午|正午|晌午|晏昼|下午|下昼|傍晚|黄昏|晚上|夜晚黑?|夜间|半夜三更"
    r"|半夜|深夜|夜里|夜晚|大半夜|晚间)"
)
_WEEKDAY = r"(?:周|星期|礼拜)[一二三四五六日天末]"
_CLOCK = (
    rf"(?:{_PART}的?{_N}(?:[点时](?!建议|意见|要求)|:\d\d)(?:\d{{1,2}}分?|[一二三四五]?十[一二三四五六七八九]?分?|半"
    r"|多钟?|一刻|几分|来钟|钟)?"
    rf"|(?:\d{{1,2}}|十[一二]?|[二三四五六七八九两])[点](?!建议|意见|要求|问题|原因|钟头|点|名|评|赞"
    rf"|子)(?:\d{{1,2}}分?|[一二三四五]?十[一二三四五六七八九]?分?|半|多钟?|一刻|几分|来钟|钟)?"
    r"|(?<!\d)\d{1,2}:\d\d(?!\d)|一点(?:钟|半|多|左右))"
)
_DATE = (
    rf"(?:(?:20\d\d|今|去|前|旧)年(?:的)?)?{_N}月(?:份|底|初|中旬|上旬|下旬)?(?:{_N}[日号](?!楼|窗|线|门|店|铺|桥|院"
    r"|厂|房|车))?"
    r"|20\d\d[-/.年]\d{1,2}[-/.]\d{1,2}日?|20\d\d年(?:初|底|中)?"
    rf"|(?<![路街巷道里村段栋\d第]){_N}[号日](?=[,。!? 早上中下晚夜凌]|那天|左右|开始|到|至|$)"
)
_DAY = (
    r"大前天|大前日|前天|前日|前晚|前几[天日]|前[两三]天|昨天|昨日|昨晚|昨夜|寻日|寻晚|琴日|琴晚|今天|今日|今晚|今早"
    r"|今朝|当天|当晚|当日"
    r"|刚刚|刚才|啱啱|啱先|头先|这几[天日]|呢几日|最近(?:几天|一个月|半个月|一周)?|近日|近期|近来"
)
_SPAN_NAME = (
    rf"(?:上上?个?|这个?|呢个?|本|前)(?:周|星期|礼拜)(?:[一二三四五六日天]|末)?|{_WEEKDAY}|周末|双休日"
    r"|上上?个?月(?:份|底|初|中旬)?(?:\d{1,2}[日号])?|本月初?|这个月初?|呢个月|月初|月底"
    r"|(?:去|今|前|旧)年(?:底|初|中)|大前年|前年|去年|旧年|上一?年|今年(?!\d|[一二三四五六七八九])|年初|年底|年中"
    r"|年前|年后|上半年|下半年|开年"
    r"|(?:今年|去年)?(?:春节|过年|元旦|元宵|清明|五一|端午|中秋|国庆|暑假|寒假|开学|春天|夏天|秋天|冬天|放假)(?:节"
    r"|假期|长假)?(?:期间|那几天|那天|前后|的时候|之后|后|前|以来)"
)
_AGO = (
    rf"(?:大概|大约|差不多|差唔多)?(?:半|几|好几|{_N}|\d+)个?(?:半|多)?(?:年|月|星期|礼拜|周|天|日|小时|钟头|钟"
    r"|分钟)(?:多)?"
    r"(?:之前|以前|前|以来|来(?=一直|都|,|。|$))"
)
_HABIT = (
    rf"每(?:天|晚|日|夜|周|个?星期|个?月|年|逢|到|个?周末|天晚上)(?:都)?(?:的)?(?:{_WEEKDAY}|周末|节假日|下雨天?|落雨"
    r"|晚上|夜晚|赶集|圩日)?|天天|晚晚|日日|夜夜|逢年过节|隔三差五"
)
_UNIT = rf"(?:{_CLOCK}|{_DATE}|{_DAY}|{_SPAN_NAME}|{_AGO}|{_HABIT}|{_PART})"
_TAIL = (
    r"(?:左右|前后|上下|以后|之后|过后|后|之前|以前|前(?!面|台|门|夫|妻|者)|开始|起|那天|那几天|期间|以来|这段时间"
    r"|的时候)*"
)
_CHAIN = rf"{_UNIT}(?:[的, ]{{0,2}}{_UNIT})*{_TAIL}"
_UNTIL = rf"(?:,? ?(?:到|至|直到|一直到|~|-|—)(?:{_CHAIN}|现在|如今|至今|今|目前|而家|依家|此刻)(?:为止)?)"
_PHRASE = re.compile(rf"(?:从|自从?|由|打|大概|大约|约)*{_CHAIN}{_UNTIL}?(?:都|也)?")
_LASTING = re.compile(
    r"(?:已经|已|持续|一直|都|足足|停了|坏了|坏咗|断了|拖了|拖咗|有|差不多|差唔多|快)+(?:了|咗|快|有|差不多)*"
    rf"((?:大半|半|几|好几|成|{_N}|\d+)个?(?:半|多)?(?:年|月|星期|礼拜|周|天|日|晚|小时|钟头)(?:多|有余)?)(?!工资|薪"
    r"|租|龄)(?:了|未|,|。|没|冇|都|$)"
)
_BARE_SPAN = re.compile(
    rf"^(?:大概|大约|差不多|差唔多|快|有|已经|持续)*(?:了|有)?(?:大半|半|几|好几|成|{_N}|\d+)个?(?:半|多)?(?:年|月"
    r"|星期|礼拜|周|天|日|小时|钟头)(?:多)?(?:了|左右|啦|喇)?$"
)
_ONLY_PART = re.compile(rf"{_PART}|今年|最近|刚刚|刚才")
_YEAR = re.compile(r"20\d\d")
_MOST_PHRASES = 3


def read_time(message: str, today: date) -> str | None:
    """The phrases that say when, joined by "，"; `message` must be normalised. A year after `today` is not one."""
    if _BARE_SPAN.match(message):
        return message
    phrases = [phrase for found in _PHRASE.finditer(message) if (phrase := _clean(found.group()))]
    phrases += [found.group(1) for found in _LASTING.finditer(message)]
    phrases = [phrase for phrase in dict.fromkeys(phrases) if _is_past(phrase, today)]
    exact = [phrase for phrase in phrases if not _ONLY_PART.fullmatch(phrase)]
    kept = [
        phrase for phrase in exact or phrases[:1] if not any(phrase != other and phrase in other for other in exact)
    ]
    return "，".join(kept[:_MOST_PHRASES]) or None


def _clean(phrase: str) -> str:
    return re.sub(r"(?:都|也)$", "", phrase).strip(" ,的").replace(",", "，")


def _is_past(phrase: str, today: date) -> bool:
    return all(int(year) <= today.year for year in _YEAR.findall(phrase))
