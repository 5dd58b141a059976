"""What clients ask before they file: discovery, the service list, and the attributes of a service."""

from __future__ import annotations

from typing import Any

from bot.channels.open311.settings import Open311Settings
from hotline.model import Privacy
from hotline.open311_services import Catalogue, Service
from knowledge_base.places import towns

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
YES_NO = {"true": "同意公开", "false": "不公开"}
PRIVACY_NAMES = {
    Privacy.PUBLIC: "不需要保密",
    Privacy.CONFIDENTIAL: "保密（承办单位看不到姓名和电话）",
    Privacy.ANONYMOUS: "匿名（不保存姓名和电话）",
}


def discovery(catalogue: Catalogue, settings: Open311Settings, url: str) -> dict[str, Any]:
    """`url` is the address of this endpoint. See https://wiki.open311.org/Service_Discovery/."""
    endpoint = {
        "specification": SPECIFICATION,
        "url": url,
        "changeset": catalogue.changeset,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    return {
        "changeset": catalogue.changeset,
        "contact": settings.contact,
        "key_service": settings.key_service,
        "endpoints": [endpoint],
    }


def service_list(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [
        {
            "service_code": service.code,
            "service_name": service.name,
            "description": service.description,
            "metadata": True,
            "type": service.answer,
            "keywords": ", ".join(service.keywords),
            "group": service.group,
        }
        for service in catalogue.services
    ]


def service_definition(service: Service) -> dict[str, Any]:
    """The same optional attributes for every service; read back in filing.py."""
    attributes = [
        _attribute("town", "事发地所在的镇街", "请选择一项", {town.code: town.name for town in towns()}),
        _attribute("incident_time", "什么时候发生的", "如 2025-03-04 21:30，也可以写“昨晚九点”"),
        _attribute("privacy", "是否需要保密（缺省：不需要）", "请选择一项", dict(PRIVACY_NAMES)),
        _attribute("public_reply", "是否同意公开诉求内容和答复（缺省：不公开）", "请选择一项", YES_NO),
    ]
    ordered = [attribute | {"order": order} for order, attribute in enumerate(attributes, start=1)]
    return {"service_code": service.code, "attributes": ordered}


def _attribute(code: str, description: str, hint: str, values: dict[Any, str] | None = None) -> dict[str, Any]:
    attribute: dict[str, Any] = {
        "variable": True,
        "code": code,
        "datatype": "string" if values is None else "singlevaluelist",
        "required": False,
        "datatype_description": hint,
        "order": 0,
        "description": description,
    }
    if values is not None:
        attribute["values"] = [{"key": str(key), "name": name} for key, name in values.items()]
    return attribute
