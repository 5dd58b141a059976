"""Read the citizen's own phone number out of a message, spoken digits included."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPOKEN = str.maketrans("零〇○一二三四五六七八九幺两", "00012345678912")
_SPOKEN_RUN = re.compile(r"[零〇○一二三四五六七八九幺两\d](?:[ \-]?[零〇○一二三四五六七八九幺两\d]){6,}")
_NOT_PHONES = re.compile(
    r"wj\d+|(?<!\d)\d{17}[\dx](?!\d)|(?<!\d)(?:400|800)-?\d{3}-?\d{4}(?!\d)"
)  # orders, identity cards

_MOBILE = re.compile(r"(?<!\d)(?:\+?86[ \-]?)?(1[ \-]?[3-9](?:[ \-]?\d){9})(?!\d)")
_LAND_LINE = re.compile(r"(?<![\d年月])\(?(0(?:10|2\d|[3-9]\d{2}))\)?[ \-]{0,2}(\d{7,8}|\d{3,4}[ \-]\d{4})(?!\d)")
_WORD = r"(?:电话|手机|座机|固话|号码|联系(?:方式)?|打给?|致电|call|tel)"
_LOCAL = re.compile(rf"{_WORD}[^\d]{{0,6}}([2-8]\d{{2}}[ \-]?\d{{4}})(?!\d)")

_DIGITS = r"\d(?:[ \-]?\d){4,15}"
_MEANT_AS_PHONE = re.compile(
    rf"{_WORD}(?:号码?|号)?(?:是|系|为|:|留|填|写|改成|改为|就| )*\+?({_DIGITS})"
    rf"|^[^\d共计约近额价]{{0,4}}({_DIGITS})[^\d元块万人米]{{0,3}}$|(?<!\d)(1[3-9](?:[ \-]?\d){{7,14}})(?!\d"
    r"| ?[元块万])"
)
_AMOUNT = re.compile(r" ?(?:元|块|万|年|月|米|公里|人|号楼|栋|平|度|次)")
_LEAST_DIGITS, _MOST_DIGITS = 7, 15

_OTHERS = re.compile(
    r"(?:他|她|佢|对方|老板|老细|商家|店家|店里?|物业|公司|骗子|中介|房东|包工头|卖家|客服|诈骗|来电|厂里?|单位|负责人)"
    r"[^我,。!?]{0,6}$"
)
_OWN = re.compile(r"(?:我|本人|自己|联系人|回电)[^,。!?]{0,8}$")
_CONTEXT = 14  # characters before a number that say whose it is
_WHAT = r"(?:电话|手机号?码?|号码|联系方式|联系电话|联络方式)"
_REFUSAL = re.compile(
    r"(?:不|唔|别|无法|没法)(?:太|大)?(?:想|愿意?|方便|便|肯|能|要|会|好)*(?:留|给|提供|讲|写|说|透露|填|俾"
    rf"|告诉你?)(?:下|我|的|嘅|个)*{_WHAT}"
    rf"|{_WHAT}(?:就|我|也|都)*(?:不|唔)(?:太)?(?:想|愿|方便|肯|便|用|需要|使)*(?:留|给|提供|写|填|讲|了|$|说)"
    rf"|(?:没有?|冇|无){_WHAT}|(?:不|唔)(?:想|方便|愿意)(?:留|给|提供|讲)?$|^(?:不留|不给|唔留|唔俾|不提供)(?:了|吧)?$"
)


@dataclass(frozen=True)
class PhoneFacts:
    """`phone` holds digits only, with a "-" after an area code; `invalid` is a number as typed that cannot be one."""

    phone: str | None = None
    invalid: str | None = None
    is_refused: bool = False


def read_phone(message: str) -> PhoneFacts:
    """`message` must be normalised (knowledge_base.text.normalise)."""
    text = _NOT_PHONES.sub(lambda found: "#" * len(found.group()), _in_digits(message))
    candidates = _candidates(text)
    own = [phone for at, phone in candidates if _OWN.search(_before(text, at))]
    neutral = [phone for at, phone in candidates if not _OTHERS.search(_before(text, at))]
    if phone := next(iter(own or neutral), None):
        return PhoneFacts(phone=phone)
    return PhoneFacts(invalid=None if candidates else _invalid(text), is_refused=bool(_REFUSAL.search(message)))


def _in_digits(message: str) -> str:
    """Spoken digits as figures, wherever at least seven stand in a row; the length stays."""
    return _SPOKEN_RUN.sub(lambda found: found.group().translate(_SPOKEN), message)


def _candidates(text: str) -> list[tuple[int, str]]:
    """Well-formed numbers with the place where each begins, in order."""
    found = [(match.start(), _digits(match.group(1))) for match in _MOBILE.finditer(text)]
    found += [(match.start(), f"{match.group(1)}-{_digits(match.group(2))}") for match in _LAND_LINE.finditer(text)]
    found += [(match.start(1), _digits(match.group(1))) for match in _LOCAL.finditer(text)]
    return sorted(found)


def _invalid(text: str) -> str | None:
    for match in _MEANT_AS_PHONE.finditer(text):
        number = next(group for group in match.groups() if group)
        is_length_of_one = _LEAST_DIGITS <= len(_digits(number)) <= _MOST_DIGITS
        if (
            is_length_of_one
            and not _AMOUNT.match(text, match.end())
            and not _OTHERS.search(_before(text, match.start()))
        ):
            return number.strip()
    return None


def _before(text: str, at: int) -> str:
    return text[max(0, at - _CONTEXT) : at]


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)
