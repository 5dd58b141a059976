"""Every option, read once from the environment and checked before anything starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

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
    secret_key: str
    previous_secret_key: str
    allowed_origins: tuple[str, ...]
    redis_url: str
    messages_per_minute: int
    messages_per_minute_per_address: int
    trusted_proxies: int
    conversation_days: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the environment; raises BadSetting for a value that cannot be used."""
        read = _Reader(env)
        data_dir = read.folder("DATA_DIR")
        return cls(
            database_url=read.text("DATABASE_URL") or f"sqlite:///{data_dir / 'wujiang.db'}",
            data_dir=data_dir,
            model_dir=read.folder("MODEL_DIR"),
            host=read.text("HOST"),
            port=read.whole("PORT", 0, 65535),
            public_url=read.text("PUBLIC_URL").rstrip("/"),
            secret_key=read.secret("SECRET_KEY"),
            previous_secret_key=read.secret("PREVIOUS_SECRET_KEY"),
            allowed_origins=tuple(part.strip() for part in read.text("ALLOWED_ORIGINS").split(",") if part.strip()),
            redis_url=read.text("REDIS_URL"),
            messages_per_minute=read.whole("MESSAGES_PER_MINUTE", 1, 10_000),
            messages_per_minute_per_address=read.whole("MESSAGES_PER_MINUTE_PER_ADDRESS", 1, 100_000),
            trusted_proxies=read.whole("TRUSTED_PROXIES", 0, 10),
            conversation_days=read.whole("CONVERSATION_DAYS", 1, 365),
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

    def secret(self, name: str) -> str:
        path = self._env.get(f"{name}_FILE", "").strip()
        if path:
            try:
                value = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise BadSetting(f"{name}_FILE 指向的文件无法读取：{path}") from error
        else:
            value = self.text(name)
        if value and len(value) < 32:
            raise BadSetting(f"{name} 至少要 32 个字符，现在只有 {len(value)} 个")
        return value

    def _checked(self, name: str, is_good: Callable[[str], bool], wanted: str) -> str:
        text = self.text(name)
        if not is_good(text):
            raise BadSetting(f"{name} 应为{wanted}，而不是 {text!r}")
        return text
