"""What the Open311 channel can be told: who may file, what it calls itself, and how much it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.open311.signature import check_keys
from bot.channels.web.settings import origin_of


@dataclass(frozen=True)
class Open311Settings:
    """Checked when it is built; a bad value is a ValueError that names the setting, never a key."""

    api_keys: Mapping[str, str] = field(default_factory=dict, repr=False)  # client → key; empty: nobody may file
    jurisdiction: str = ""  # jurisdiction_id of this endpoint, such as the site's domain; empty: any is taken
    public_url: str = ""  # such as https://bot.example.gov.cn; empty: the Host header decides
    contact: str = "请拨打 12345 政务服务便民热线，或联系本系统的运行单位。"
    key_service: str = "api_key 由本系统的运行单位发放，请通过 12345 政务服务便民热线转达申请。"
    trusted_proxies: int = 0  # how many reverse proxies append to X-Forwarded-For
    address_burst: int = 60
    address_per_minute: float = 120.0
    client_burst: int = 60  # orders and updates of one client
    client_per_minute: float = 60.0

    def __post_init__(self) -> None:
        check_keys(self.api_keys)
        if self.public_url and origin_of(self.public_url) != self.public_url.rstrip("/").lower():
            raise ValueError(f"public_url must be an origin without a path, not {self.public_url!r}")
        if self.trusted_proxies < 0:
            raise ValueError(f"trusted_proxies must be 0 or more, not {self.trusted_proxies}")
        for name in ("address_burst", "address_per_minute", "client_burst", "client_per_minute"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
