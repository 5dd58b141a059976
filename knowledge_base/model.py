"""What the knowledge base holds: service guides, bundles, FAQs, channels, halls.

Field names follow GB/T 39554.2-2020 (要素要求) and its predecessor C0109-2018; the docstrings give the Chinese
name of each field. Every figure carries its own confidence and source, so that an unverified fee or deadline
can be kept in the base without ever being shown as an official one.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PUBLISHABLE_FIGURE = ("official", "verified_copy")


class Confidence(StrEnum):
    """How far a statement may be trusted; decides what a citizen is shown."""

    OFFICIAL = "official"  # entered or confirmed by the responsible unit
    VERIFIED_COPY = "verified_copy"  # read in a source that is named beside it
    GENERAL = "general"  # general rule; shown with "以办事指南为准", never as a fee or a time limit
    UNCERTAIN = "uncertain"  # local or unknown; never shown


class Aspect(StrEnum):
    """What a citizen asks about a matter (办事要素)."""

    GENERAL = "general"  # 怎么办（总的）
    CONDITION = "condition"  # 受理条件
    MATERIALS = "materials"  # 申请材料
    PROCESS = "process"  # 办理流程
    TIME = "time"  # 承诺办结时限
    LEGAL_TIME = "legal_time"  # 法定办结时限
    FEE = "fee"  # 收费
    WHERE = "where"  # 办理地点
    ONLINE = "online"  # 线上办理
    APPOINTMENT = "appointment"  # 预约
    PROXY = "proxy"  # 代办
    RESULT = "result"  # 办理结果、有效期
    PHONE = "phone"  # 咨询电话
    COMPLAINT_PHONE = "complaint_phone"  # 监督投诉电话
    COURIER = "courier"  # 快递送达
    VISITS = "visits"  # 到现场次数
    LAW = "law"  # 设定依据


class Level(StrEnum):
    """Where in the administration a matter or counter stands (行使层级)."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    TOWN = "town"
    VILLAGE = "village"


class State(StrEnum):
    """Life of an entry: only `published` is ever quoted to a citizen."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    RETIRED = "retired"


class Record(BaseModel):
    """Base of all records: immutable, unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Statement(Record):
    """One quotable sentence or paragraph (Chinese), with what it rests on.

    `source` names where it was read (a document or portal page), `basis` the article of law it rests on.
    """

    text: str = Field(min_length=1)
    confidence: Confidence
    source: str = ""
    basis: str = ""
    situation: str = ""  # 情形: the case it holds for, such as "未满16周岁"


class Material(Statement):
    """One document to hand in (申请材料). `text` is its name."""

    necessity: Literal["必要", "非必要", "容缺后补"] = "必要"
    origin: Literal["", "申请人自备", "政府部门核发", "其他"] = ""
    originals: int | None = None  # 原件份数
    copies: int | None = None  # 复印件份数
    form: Literal["", "纸质", "电子化", "纸质/电子化"] = ""
    note: str = ""  # 填报须知
    is_exempt: bool = False  # 免提交: the office fetches it itself


class Fee(Statement):
    """One charge (收费项). `text` is the sentence that is quoted; the amount is kept for reports."""

    amount: float | None = None  # yuan
    unit: str = ""  # such as 元/证


class Place(Record):
    """One counter that accepts the matter (办理地点).

    `name` is quoted; address, hours and phone stay empty until someone who knows fills them in.
    """

    name: str = Field(min_length=1)
    level: Level
    confidence: Confidence
    source: str = ""
    hall_id: str = ""  # a Hall of this base, when it is one
    address: str = ""
    hours: str = ""
    phone: str = ""


class ChannelUse(Record):
    """How one online channel serves this matter (线上入口). The best one stands first."""

    channel: str  # code of a Channel, such as "yss"
    entry: str = ""  # what to look for there, such as "“居住证”专区"
    url: str = ""
    depth: Literal["", "咨询", "预约", "申请", "全程网办", "查询"] = ""
    condition: str = ""  # who may use it, such as "广东户籍、满16周岁"
    confidence: Confidence
    source: str = ""


class Law(Record):
    """One legal basis (设定依据)."""

    name: str = Field(min_length=1)
    doc_no: str = ""
    article: str = ""
    text: str = ""
    confidence: Confidence
    source: str = ""


class Question(Record):
    """One frequent question of this entry (常见问题) and its quotable answer."""

    question: str = Field(min_length=1)
    answer: Statement
    aspect: Aspect | None = None


class Entry(Record):
    """What every entry of the base has, whatever its kind."""

    code: str = Field(pattern=r"^[A-Za-z0-9_\-]{2,64}$")  # matter_code, such as M03, or the portal's TASK_CODE
    name: str = Field(min_length=2)  # 事项名称
    aliases: tuple[str, ...] = ()  # other names in use, typos and Cantonese ones included
    similar_questions: tuple[str, ...] = ()  # how citizens put it; written by us, never taken from test sets
    theme: str = ""  # 主题分类
    owner_unit: str = ""  # 责任单位
    summary: Statement | None = None  # the answer to "怎么办"
    faqs: tuple[Question, ...] = ()
    notice: str = ""  # a line that must stand under each answer
    source_url: str = ""
    verified_by: str = ""
    verified_at: date | None = None
    valid_to: date | None = None  # last day for which it was verified; after that no figure of it is told


class Guide(Entry):
    """A service guide (办事指南): one matter that an office handles on application."""

    kind: Literal["guide"] = "guide"
    task_type: str = ""  # 事项类型
    project_type: Literal["", "即办件", "承诺件"] = ""
    use_level: Level = Level.DISTRICT  # 行使层级
    is_municipal: bool = False  # 市级办理: no district unit can decide it
    delegated_to: tuple[Level, ...] = ()  # 委托下放: town and/or village counters that accept it
    handle_area: str = ""  # 通办范围, such as 全国通办
    serve_types: tuple[str, ...] = ()  # 服务对象, such as 自然人
    neighbours: tuple[str, ...] = ()  # codes of matters people mistake it for
    contrast: str = ""  # in a citizen's words, what sets it apart from its neighbours

    conditions: tuple[Statement, ...] = ()  # 受理条件
    materials: tuple[Material, ...] = ()  # 申请材料
    steps: tuple[Statement, ...] = ()  # 办理流程, in order
    time_limits: tuple[Statement, ...] = ()  # 承诺办结时限
    legal_time_limits: tuple[Statement, ...] = ()  # 法定办结时限
    fees: tuple[Fee, ...] = ()
    places: tuple[Place, ...] = ()
    channels: tuple[ChannelUse, ...] = ()
    online: tuple[Statement, ...] = ()  # anything to say about online handling beside the channels
    appointment: tuple[Statement, ...] = ()
    proxy: tuple[Statement, ...] = ()
    results: tuple[Statement, ...] = ()  # 结果名称、有效期、送达
    phones: tuple[Statement, ...] = ()
    complaint_phones: tuple[Statement, ...] = ()
    courier: tuple[Statement, ...] = ()
    visits: tuple[Statement, ...] = ()  # 到办事现场次数
    laws: tuple[Law, ...] = ()


class Bundle(Entry):
    """A life event (一件事): several matters done in one go, in the order to do them."""

    kind: Literal["bundle"] = "bundle"
    members: tuple[BundleMember, ...]
    conditions: tuple[Statement, ...] = ()
    materials: tuple[Material, ...] = ()
    time_limits: tuple[Statement, ...] = ()
    channels: tuple[ChannelUse, ...] = ()


class BundleMember(Record):
    """One step of a life event."""

    name: str
    code: str = ""  # the Guide of this base, when it holds one
    unit: str = ""
    note: str = ""


class Faq(Entry):
    """A general entry: how a service of the government works, without an application of its own."""

    kind: Literal["faq"] = "faq"
    channels: tuple[ChannelUse, ...] = ()


class Gap(Entry):
    """A matter that the base knows to exist but holds no reviewed guide for.

    It competes in search so that a neighbouring guide is not given in its stead: when it wins, the assistant
    says that the base does not hold it yet and names the unit and the channel to ask.
    """

    kind: Literal["gap"] = "gap"


AnyEntry = Annotated[Guide | Bundle | Faq | Gap, Field(discriminator="kind")]


class Channel(Record):
    """A place to do things online or by phone (服务渠道)."""

    code: str
    name: str
    kind: Literal["wechat_mp", "app", "web", "phone"]
    how: str  # how to open it, in one sentence
    url: str = ""
    audience: str = ""
    confidence: Confidence
    source: str = ""


class Hall(Record):
    """A counter hall (办事大厅). Empty fields are left out of answers and shown to staff as 待补充, never guessed."""

    code: str
    name: str
    level: Level
    town: str = ""  # official name of the town or subdistrict
    address: str = ""
    hours: str = ""
    phone: str = ""
    confidence: Confidence
    source: str = ""


Bundle.model_rebuild()
