"""Made-up tables with the headers of the city's export. Everything in them is fictional."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from hotline.columns import headers
from hotline.deadlines import SHANGHAI

NOW = datetime(2025, 6, 2, 10, 0, tzinfo=SHANGHAI)
CITY_HEADERS = [
    "诉求编号",
    "来源",
    "来源小类",
    "诉求类型",
    "事件类型",
    "一级分类",
    "二级分类",
    "三级分类",
    "标题",
    "内容",
    "性质",
    "登记时间",
    "封存时间",
    "事件状态",
    "城市",
    "区域",
    "街道",
    "事发区域",
    "地址描述",
    "所有办理部门",
    "办理描述",
    "批转单位",
    "退回部门",
    "退回原因",
    "标签",
    "事发时间",
    "答复内容",
    "评价满意度",
    "评价内容",
    "部门办理截止时间",
    "扬言件类型",
    "办理结束时间",
]
OPEN = {
    "诉求编号": "250304093000100001",
    "来源": "网络问政",
    "诉求类型": "投诉",
    "一级分类": "城市管理",
    "二级分类": "市容环境",
    "标题": "示例路口夜宵摊占道",
    "内容": "示例路口的夜宵摊每晚占道经营到两点。",
    "登记时间": "2025-03-04 09:30:00",
    "事件状态": "办理中",
    "街道": "惠民街道",
    "地址描述": "示例路1号",
    "批转单位": "区城管执法局",
    "诉求人": "李女士（示例）",
    "联系电话": "0751-0000001",
}
FINISHED = OPEN | {
    "诉求编号": "250304093000100002",
    "事件状态": "已办结",
    "所有办理部门": "区城管执法局、市公安局武江分局",
    "答复内容": "已劝离，并安排晚间巡查（示例）。",
    "评价满意度": "满意",
    "评价内容": "谢谢",
    "办理结束时间": "2025-03-12 16:00:00",
    "封存时间": "2025-03-20 09:00:00",
}


def write_csv(
    path: Path,
    rows: Sequence[Mapping[str, str]],
    header: Sequence[str] | None = None,
    encoding: str = "utf-8-sig",
) -> Path:
    """A table of these rows, with every column of ours unless another header is given."""
    names = list(header or headers())
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([row.get(name, "") for name in names] for row in rows)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
