"""Read where something happened: the towns that are named and the words for the exact spot."""

from __future__ import annotations

import re

from knowledge_base.places import towns

_NOT_TOWNS = re.compile(r"新华(?:书店|社|保险|网|字典|都|人寿|医院|联)|江湾(?:豪庭|花园|半岛|国际)|西河(?:湾|里)花园")
_DENIAL = re.compile(r"(?:并?不是|唔系|唔喺|不在|并非|不属于?|不归|而不是|不算)(?:在|喺|住|属于|我们|什么)*$")
_TAKEN_BACK = re.compile(r"^[^,。!?]{0,6}(?:写错|打错|讲错|说错|填错|搞错|错了|不对)")

_NOUN = (
    r"路口|路段|大道|公路|国道|省道|高速|隧道|胡同|小巷|巷子|街口|步行街|商业街|小区|花园|家园|新村|公寓|宿舍|大厦"
    r"|大楼|写字楼|别墅"
    r"|社区|居委会?|村委会?|村民小组|自然村|村口|村道|市场|菜市|集市|圩镇|圩上|圩口|圩|广场|商场|超市|酒店|宾馆|饭店"
    r"|餐馆|酒楼|大排档|烧烤(?:档|摊|店)?|夜宵(?:摊|档)"
    r"|小学|中学|学校|学院|幼儿园|医院|卫生院|卫生站|药店|公园|绿道|球场|体育馆|图书馆|大桥|天桥|桥头|桥底|桥边|车站"
    r"|公交站|高铁站|火车站|地铁站|总站"
    r"|加油站|充电站|停车场|垃圾站|中转站|水厂|电站|工业园|产业园|开发区|工地|厂房|仓库|作坊|养殖场|猪场|采石场|砂场"
    r"|搅拌站|水库|河堤|河边|江边|河滩|鱼塘|排水口"
    r"|政务中心|服务中心|服务大厅|办事大厅|行政中心|派出所|税务局|社保局|银行|信用社|邮局|酒吧|网吧|ktv|会所|足浴店"
    r"|美容院|健身房|餐厅|便利店|奶茶店|诊所|寺|祠堂|篮球场"
    r"|路(?!灯|面|障|人|过|费|由|牌|政|况)|街(?!坊|舞|上)|巷|村(?!民|长|委|干|里人|医|支|霸|书记)|苑|城(?!管|市|镇"
    r"|建|投|里|乡)|里弄|栋|幢|单元|号楼"
    r"|桥|塘|厂(?!家|长|里)|店(?!员|主|家|长|面|里)|府|湾|园(?!林|区)"
)
_NUMBER = r"(?:\d+|[一二三四五六七八九十百零]+|[a-z])"
_DETAIL = (
    rf"(?:(?:的|那|嘅|,)?(?:{_NUMBER}(?:号楼|号|栋|幢|座|单元|室|楼|层|期|组|队|米|公里|梯)|门口|大门|正门|后门|前门"
    r"|侧门|东门|西门|南门|北门|出口|入口|对面|旁边|隔壁|侧边|附近|里面|入面"
    r"|楼下|楼上|楼顶|后面|前面|背后|门前|屋后|边上|路边|转角|拐角|交界处?|交叉口|中间|一带|那一?段|那一?边|那头"
    r"|这边|那条(?:巷子|路段|[路街巷])|后山|左手边|右手边|东侧|西侧|南侧|北侧|北边|南边|东边|西边|地下室|车库|天台"
    r"|电梯口?"
    r"|往里走?|进去|外面|路段|门面|档口|铺位|地段|方向|口))"
)
_STOP = r",。!?:;、 ()“”\"'"
_PLACE = re.compile(rf"[^{_STOP}]{{0,16}}?(?:{_NOUN})(?:{_DETAIL}|[^{_STOP}了被把有很都没不天]{{0,6}}?(?:{_NOUN})|到)*")
_DETAIL_ONLY = re.compile(rf"[^{_STOP}]{{1,12}}?{_DETAIL}+")
_CUE = re.compile(
    r"^.*(?:位于|坐落在|地址(?:是|在|系|为)?|地点(?:是|在|系|为|就在)?|位置(?:是|在)?|发生在|家住|住在|就在|就喺"
    r"|(?<!存)在(?!建)|喺|住(?!宅|院|户|房|建)|投诉|举报|反映|去到?了?|来到|到了|应该是|改成|改为|唔系|不是|是"
    r"|(?<!关)系|我们|我哋|我家|我|有人|有个|有家|请|麻烦|关于|对(?!面)|给|经过|路过|从)"
)
_TOO_GENERAL = re.compile(
    r"(?:这|那|某|一|呢|嗰|他|她|本|整|全|个|条|家|间|的|你们|我们|我|们|开|老板|隔壁|隔篱|楼上|楼下|附近|旁边|门口"
    r"|里面|对面|外面|学校|小区|公司|工厂|厂|村|店|路|街|桥|医院|银行|市场|超市|餐馆|工地"
    r"|幼儿园|派出所|村委会?|居委会?|社区|公园|停车场|酒店|诊所|宿舍|大楼|仓库|小学|中学|政务中心|服务中心|办事大厅"
    r"|服务大厅|药店|健身房|美容院|水厂|加油站|河边|江边|车站|公交站|房|到|去|城|园|镇|街道)+"
)
_NOT_A_PLACE = re.compile(
    r"在路|网店|网路|出路|套路|电路|思路|修路|走路|让路|铺路|带路|短路|开路|街坊|逛街|上街|城管|城市|城镇|湾区"
    r"|村干部|村书记|村民(?!小组)|村里人|开店|电厂家|店家|店员|店主|政府|公园卡|校园|幼儿园学费"
)
_MOST_CHARS = 40


def read_towns(message: str) -> tuple[str, ...]:
    """Official names of the towns named and not denied, in order; `message` must be normalised."""
    text = _NOT_TOWNS.sub(lambda found: "#" * len(found.group()), message)
    found: list[tuple[int, str]] = []
    for town in towns():
        places = list(re.finditer("|".join(map(re.escape, town.words)), text))
        kept = [match.start() for match in places if not _is_denied(text, match.start(), match.end())]
        if kept:
            found.append((min(kept), town.name))
    return tuple(name for _, name in sorted(found))


def _is_denied(text: str, start: int, end: int) -> bool:
    return bool(_DENIAL.search(text[max(0, start - 12) : start]) or _TAKEN_BACK.match(text[end : end + 12]))


def read_location(message: str) -> str | None:
    """The longest phrase that says where exactly; None when only a town or nothing is named."""
    found = [place for clause in _clauses(message) if (place := _place_in(clause))]
    return max(found, key=_how_exact, default=None)


def _clauses(message: str) -> list[str]:
    return [clause for clause in re.split(r"[,。!?;、 ]|(?<!\d):", message) if clause]


def _place_in(clause: str) -> str | None:
    best: str | None = None
    for match in _PLACE.finditer(clause):
        place = _CUE.sub("", match.group()).strip("的了")[-_MOST_CHARS:]
        if (
            len(place) < 3
            or _TOO_GENERAL.fullmatch(place)
            or _NOT_A_PLACE.search(match.group())
            or _is_only_town(place)
        ):
            continue
        if _DENIAL.search(clause[: match.start() + match.group().rfind(place)]):
            continue
        if best is None or _how_exact(place) > _how_exact(best):
            best = place
    return best


def _is_only_town(place: str) -> bool:
    bare = re.sub(r"(?:那边|这边|里面|附近|镇上|镇|街道|街|政府|圩上|圩)$", "", place)
    return any(place in town.words or bare in town.words for town in towns())


def _how_exact(place: str) -> tuple[int, int]:
    details = len(re.findall(_DETAIL, place))
    is_town_named = any(word in place for town in towns() for word in town.words)
    return details + int(is_town_named), len(place)
