"""Every option, read once from the environment and checked before anything starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storage.private import default_database_url

ROOT = Path(__file__).resolve().parent.parent


class BadSetting(ValueError):
    """An option has a value that cannot be used; the message names the option and the value."""

    code = "bad_setting"


class MissingModel(LookupError):
    """There is no trained Rasa model where MODEL_DIR points."""

    code = "missing_model"


@dataclass(frozen=True)
class Option:
    """One environment variable: its name, default and what it means (shown by `python -m bot settings`)."""

    name: str
    default: str
    help: str


OPTIONS = (
    Option("DATABASE_URL", "", "数据库地址；缺省为 DATA_DIR 下的 SQLite 文件，多机部署用 postgresql://…"),
    Option("DATA_DIR", "var", "数据目录：数据库、密钥和缓存"),
    Option("MODEL_DIR", "models", "Rasa 模型所在目录"),
    Option("HOST", "127.0.0.1", "监听地址"),
    Option("PORT", "8080", "监听端口；0 表示任选空闲端口"),
    Option("PUBLIC_URL", "", "市民访问的地址，如 https://bot.example.gov.cn；用于 Cookie 的 Secure 属性和来源检查"),
    Option("SECRET_KEY", "", "签名密钥，至少 32 个字符；缺省在 DATA_DIR 中生成一次并保存。也可用 SECRET_KEY_FILE"),
    Option("PREVIOUS_SECRET_KEY", "", "换钥期间仍然接受的旧密钥"),
    Option("ALLOWED_ORIGINS", "", "可以嵌入聊天挂件的网站来源，以逗号分隔"),
    Option("REDIS_URL", "", "多进程部署时 Rasa 会话锁所用的 Redis，如 redis://127.0.0.1:6379/0"),
    Option("MESSAGES_PER_MINUTE", "20", "每个会话每分钟最多处理的消息条数"),
    Option("MESSAGES_PER_MINUTE_PER_ADDRESS", "120", "每个网络地址每分钟最多处理的消息条数（同一大厅可能有多人）"),
    Option("TRUSTED_PROXIES", "0", "前面有几层会追加 X-Forwarded-For 的反向代理"),
    Option("CONVERSATION_DAYS", "30", "市民的会话可以接着聊的天数"),
    Option("OPEN311_API_KEYS", "", "可以经 Open311 提交工单的系统，如 city:密钥,app:密钥；空：谁也不能提交"),
    Option("OPEN311_JURISDICTION", "", "本端点的 jurisdiction_id；空：不检查"),
    Option("OPEN311_CONTACT", "", "Open311 发现文档中的联系方式；空：12345"),
    Option("OPEN311_ENDPOINT", "", "上级热线的 Open311 地址，工单可以转往那里；空：不转"),
    Option("OPEN311_KEY", "", "上级热线发给本系统的 api_key。也可用 OPEN311_KEY_FILE"),
    Option("OPEN311_REMOTE_JURISDICTION", "", "上级热线的 jurisdiction_id"),
    Option("OPEN311_FORMAT", "xml", "与上级热线交换的格式：xml 或 json"),
    Option("OPEN311_SERVICE_CODES", "", "本系统服务代码与对方代码的对照，如 complaint-noise=003,*=099"),
    Option(
        "WECOM_WEBHOOK", "", "企业微信（粤政易）群机器人的地址，工单提醒发到那里；空：不发。也可用 WECOM_WEBHOOK_FILE"
    ),
    Option("WECOM_UNITS", "", "各承办单位自己的群机器人，如 区城管执法局=https://…，以逗号分隔"),
    Option("SMTP_HOST", "", "发提醒邮件的服务器；空：不发邮件"),
    Option("SMTP_PORT", "587", "邮件服务器端口"),
    Option("SMTP_SECURITY", "starttls", "邮件加密：starttls、tls 或 none"),
    Option("SMTP_USER", "", "邮件账号"),
    Option("SMTP_PASSWORD", "", "邮件密码。也可用 SMTP_PASSWORD_FILE"),
    Option("MAIL_FROM", "", "发件人地址"),
    Option("MAIL_TO", "", "调度值班收提醒的邮箱，以逗号分隔"),
    Option("MAIL_UNITS", "", "各承办单位的邮箱，如 区城管执法局=a@example.cn，以逗号分隔"),
    Option("WECHAT_APPID", "", "微信公众号的 AppID；空：不打开微信渠道"),
    Option("WECHAT_TOKEN", "", "公众平台服务器配置里的 Token。也可用 WECHAT_TOKEN_FILE"),
    Option("WECHAT_APP_SECRET", "", "公众号的 AppSecret；空：只能被动回复。也可用 WECHAT_APP_SECRET_FILE"),
    Option("WECHAT_MODE", "plain", "消息加解密方式：plain、compatible 或 secure，与公众平台一致"),
    Option("WECHAT_AES_KEY", "", "EncodingAESKey，43 位。也可用 WECHAT_AES_KEY_FILE"),
    Option("WECHAT_PREVIOUS_AES_KEY", "", "换钥期间仍然接受的旧 EncodingAESKey"),
    Option("WECHAT_MAY_SEND", "no", "公众号有客服消息权限（已认证）：yes 或 no"),
    Option("WECHAT_ORDER_TEMPLATE", "", "工单消息的订阅通知模板 ID；空：不用"),
    Option("WECHAT_ORDER_FIELDS", "", "模板的字段放什么，如 character_string1=number,phrase2=state_label"),
    Option("WECHAT_API_URL", "https://api.weixin.qq.com", "微信接口的地址"),
)


@dataclass(frozen=True)
class Settings:
    """All options, typed. Paths are absolute."""

    database_url: str
    data_dir: Path
    model_dir: Path
    host: str
    port: int
    public_url: str
    secret_key: str = field(repr=False)
    previous_secret_key: str = field(repr=False)
    allowed_origins: tuple[str, ...]
    redis_url: str
    messages_per_minute: int
    messages_per_minute_per_address: int
    trusted_proxies: int
    conversation_days: int
    open311_api_keys: str = field(repr=False)
    open311_jurisdiction: str
    open311_contact: str
    open311_endpoint: str
    open311_key: str = field(repr=False)
    open311_remote_jurisdiction: str
    open311_format: str
    open311_service_codes: str
    wecom_webhook: str = field(repr=False)
    wecom_units: Mapping[str, str] = field(repr=False)
    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_user: str
    smtp_password: str = field(repr=False)
    mail_from: str
    mail_to: tuple[str, ...]
    mail_units: Mapping[str, str]
    wechat_appid: str
    wechat_token: str = field(repr=False)
    wechat_app_secret: str = field(repr=False)
    wechat_mode: str
    wechat_aes_key: str = field(repr=False)
    wechat_previous_aes_key: str = field(repr=False)
    wechat_may_send: bool
    wechat_order_template: str
    wechat_order_fields: Mapping[str, str]
    wechat_api_url: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the environment; raises BadSetting for a value that cannot be used."""
        read = _Reader(env)
        return cls(
            database_url=default_database_url(env),
            data_dir=read.folder("DATA_DIR"),
            model_dir=read.folder("MODEL_DIR"),
            host=read.text("HOST"),
            port=read.whole("PORT", 0, 65535),
            public_url=read.text("PUBLIC_URL").rstrip("/"),
            secret_key=read.secret("SECRET_KEY"),
            previous_secret_key=read.secret("PREVIOUS_SECRET_KEY"),
            allowed_origins=read.several("ALLOWED_ORIGINS"),
            redis_url=read.text("REDIS_URL"),
            messages_per_minute=read.whole("MESSAGES_PER_MINUTE", 1, 10_000),
            messages_per_minute_per_address=read.whole("MESSAGES_PER_MINUTE_PER_ADDRESS", 1, 100_000),
            trusted_proxies=read.whole("TRUSTED_PROXIES", 0, 10),
            conversation_days=read.whole("CONVERSATION_DAYS", 1, 365),
            open311_api_keys=read.hidden("OPEN311_API_KEYS"),
            open311_jurisdiction=read.text("OPEN311_JURISDICTION"),
            open311_contact=read.text("OPEN311_CONTACT"),
            open311_endpoint=read.text("OPEN311_ENDPOINT"),
            open311_key=read.hidden("OPEN311_KEY"),
            open311_remote_jurisdiction=read.text("OPEN311_REMOTE_JURISDICTION"),
            open311_format=read.one_of("OPEN311_FORMAT", ("xml", "json")),
            open311_service_codes=read.text("OPEN311_SERVICE_CODES"),
            wecom_webhook=read.hidden("WECOM_WEBHOOK"),
            wecom_units=read.pairs("WECOM_UNITS"),
            smtp_host=read.text("SMTP_HOST"),
            smtp_port=read.whole("SMTP_PORT", 1, 65535),
            smtp_security=read.one_of("SMTP_SECURITY", ("starttls", "tls", "none")),
            smtp_user=read.text("SMTP_USER"),
            smtp_password=read.hidden("SMTP_PASSWORD"),
            mail_from=read.text("MAIL_FROM"),
            mail_to=read.several("MAIL_TO"),
            mail_units=read.pairs("MAIL_UNITS"),
            wechat_appid=read.text("WECHAT_APPID"),
            wechat_token=read.hidden("WECHAT_TOKEN"),
            wechat_app_secret=read.hidden("WECHAT_APP_SECRET"),
            wechat_mode=read.one_of("WECHAT_MODE", ("plain", "compatible", "secure")),
            wechat_aes_key=read.hidden("WECHAT_AES_KEY"),
            wechat_previous_aes_key=read.hidden("WECHAT_PREVIOUS_AES_KEY"),
            wechat_may_send=read.one_of("WECHAT_MAY_SEND", ("yes", "no")) == "yes",
            wechat_order_template=read.text("WECHAT_ORDER_TEMPLATE"),
            wechat_order_fields=read.pairs("WECHAT_ORDER_FIELDS"),
            wechat_api_url=read.text("WECHAT_API_URL"),
        )


class _Reader:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._defaults = {option.name: option.default for option in OPTIONS}

    def text(self, name: str) -> str:
        return (self._env.get(name) or self._defaults[name]).strip()

    def whole(self, name: str, least: int, most: int) -> int:
        def is_good(text: str) -> bool:
            return text.isascii() and text.isdecimal() and least <= int(text) <= most

        return int(self._checked(name, is_good, f" {least}–{most} 的整数"))

    def folder(self, name: str) -> Path:
        return (ROOT / self.text(name)).resolve()

    def several(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def pairs(self, name: str) -> dict[str, str]:
        """`name=value,name=value`; the value may hold further signs of equality."""
        parts = [part.partition("=") for part in self.several(name)]
        if any(not key.strip() or not value.strip() for key, _, value in parts):
            raise BadSetting(f"{name} 应为 名称=值，以逗号分隔")
        return {key.strip(): value.strip() for key, _, value in parts}

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        return self._checked(name, choices.__contains__, f" {'、'.join(choices)} 之一")

    def secret(self, name: str) -> str:
        """A key that signs: at least 32 characters."""
        value = self.hidden(name)
        if value and len(value) < 32:
            raise BadSetting(f"{name} 至少要 32 个字符，现在只有 {len(value)} 个")
        return value

    def hidden(self, name: str) -> str:
        """A value that stands in no log; NAME_FILE may name a file that holds it."""
        path = self._env.get(f"{name}_FILE", "").strip()
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise BadSetting(f"{name}_FILE 指向的文件无法读取：{path}") from error
        return self.text(name)

    def _checked(self, name: str, is_good: Callable[[str], bool], wanted: str) -> str:
        text = self.text(name)
        if not is_good(text):
            raise BadSetting(f"{name} 应为{wanted}，而不是 {text!r}")
        return text
