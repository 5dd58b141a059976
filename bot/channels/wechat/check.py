"""`python -m bot wechat check`: try the configuration, and say in Chinese what is wrong and how to put it right.

Nothing is sent to a citizen. Each step gives findings; one that makes the rest pointless ends the check.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import aiohttp

from bot.channels.wechat import menu
from bot.channels.wechat.api_client import Api
from bot.channels.wechat.api_errors import explain
from bot.channels.wechat.channel import PATH
from bot.channels.wechat.errors import BadMenu, Refused, WeChatError
from bot.channels.wechat.messages import MAX_BODY
from bot.channels.wechat.settings import Mode, WeChatSettings
from bot.channels.wechat.signature import sign

Level = Literal["好", "注意", "错误"]
TIMEOUT = aiohttp.ClientTimeout(total=8.0)
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[0-9a-f:]{6,39}\b")


@dataclass(frozen=True)
class Finding:
    level: Level
    text: str

    def __str__(self) -> str:
        return f"[{self.level}] {self.text}"


async def check(settings: WeChatSettings, api: Api, now: Callable[[], datetime]) -> list[Finding]:
    """Everything that can be found out without writing to a citizen."""
    findings = list(_settings(settings))
    findings += [finding async for finding in _callback(settings, now)]
    if not settings.app_secret:
        return [
            *findings,
            Finding("注意", "没有设置 WECHAT_APP_SECRET：只能在 5 秒内被动回复，不能推菜单、发客服消息、收图片"),
        ]
    token = await _step(_token, api, settings)
    findings += token
    if all(finding.level != "错误" for finding in token):
        for step in (_menu, _customer_service, _template):
            findings += await _step(step, api, settings)
    return findings


def _settings(settings: WeChatSettings) -> list[Finding]:
    found = [Finding("好", f"设置的格式正确：AppID {settings.appid}，消息加解密方式 {settings.mode.value}")]
    if settings.mode is not Mode.SECURE:
        found.append(Finding("注意", "建议在公众平台改用“安全模式”，并设置 WECHAT_MODE=secure 和 WECHAT_AES_KEY"))
    if settings.previous_aes_key:
        found.append(Finding("注意", "WECHAT_PREVIOUS_AES_KEY 还在；换钥完成后请删掉"))
    if not settings.public_url.startswith("https://"):
        found.append(Finding("注意", "没有设置 https 的 PUBLIC_URL：菜单里没有网页版，也无法从外面检查回调地址"))
    return found


async def _callback(settings: WeChatSettings, now: Callable[[], datetime]) -> AsyncIterator[Finding]:
    """Ask our own address as WeChat does, with a right and with a wrong signature."""
    if not settings.public_url:
        return
    url = settings.public_url.rstrip("/") + PATH
    timestamp, nonce, echo = str(int(now().timestamp())), secrets.token_hex(8), secrets.token_hex(8)
    query = {"timestamp": timestamp, "nonce": nonce, "echostr": echo}
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            right = {**query, "signature": sign(settings.token, timestamp, nonce)}
            async with session.get(url, params=right, allow_redirects=False) as response:
                is_answered = response.status == 200 and (await response.content.read(MAX_BODY)).decode() == echo
                status = response.status
            async with session.get(url, params={**query, "signature": "0" * 40}, allow_redirects=False) as response:
                is_refused = response.status == 403
    except (aiohttp.ClientError, TimeoutError, OSError, UnicodeDecodeError) as error:
        yield Finding("错误", f"访问不了 {url}（{type(error).__name__}）：请检查服务是否启动、域名、证书和反向代理")
        return
    if not is_answered:
        yield Finding(
            "错误", f"{url} 没有正确应答（HTTP {status}）：反向代理要转发 {PATH}，服务要用同样的 WECHAT_TOKEN"
        )
    elif not is_refused:
        yield Finding("错误", f"{url} 没有拒绝错误的签名：应答的不是本程序")
    else:
        yield Finding("好", f"回调地址 {url} 应答正确，错误的签名被拒绝")


async def _step(
    step: Callable[[Api, WeChatSettings], Awaitable[Finding]], api: Api, settings: WeChatSettings
) -> list[Finding]:
    try:
        return [await step(api, settings)]
    except Refused as error:
        return [Finding("错误", f"{explain(error.errcode).means}（{error.errcode}）{_own_address(error)}")]
    except WeChatError as error:
        return [Finding("错误", f"连不上 {settings.api_url}：{error}。请检查服务器能否访问外网")]


async def _token(api: Api, settings: WeChatSettings) -> Finding:
    await api.tokens.get()
    answer = await api.call("/cgi-bin/get_api_domain_ip")
    return Finding("好", f"取到了 access_token，微信接口可用（{len(answer.get('ip_list', ()))} 个地址）")


async def _menu(api: Api, settings: WeChatSettings) -> Finding:
    try:
        wanted = list(menu.lines(menu.load_menu(settings.public_url)["button"]))
    except BadMenu as error:
        return Finding("错误", f"menu.yml：{error}")
    if list(menu.lines(await menu.fetch(api))) != wanted:
        return Finding("注意", "公众号的菜单与 menu.yml 不同：运行 python -m bot wechat menu push")
    return Finding("好", "公众号的菜单与 menu.yml 相同")


async def _customer_service(api: Api, settings: WeChatSettings) -> Finding:
    """The list of customer-service accounts needs the same permission as sending."""
    try:
        await api.call("/cgi-bin/customservice/getkflist")
    except Refused as error:
        if not settings.may_send and explain(error.errcode).act == "permission":
            return Finding("好", "公众号没有客服消息权限，WECHAT_MAY_SEND 也没有打开")
        raise
    if not settings.may_send:
        return Finding("注意", "公众号有客服消息权限：可以设置 WECHAT_MAY_SEND=yes")
    return Finding("好", "公众号有客服消息权限")


async def _template(api: Api, settings: WeChatSettings) -> Finding:
    if not settings.order_template:
        return Finding("注意", "没有设置 WECHAT_ORDER_TEMPLATE：48 小时以后的工单消息要等市民再次来信才显示")
    answer = await api.call("/wxaapi/newtmpl/gettemplate")
    found = next((each for each in answer.get("data", ()) if each.get("priTmplId") == settings.order_template), None)
    if found is None:
        return Finding("错误", "公众号的订阅通知里没有 WECHAT_ORDER_TEMPLATE 这个模板")
    fields = set(re.findall(r"\{\{(\w+)\.DATA\}\}", str(found.get("content", ""))))
    if fields != set(settings.order_fields):
        return Finding("错误", f"模板的字段是 {'、'.join(sorted(fields))}，请照此改 WECHAT_ORDER_FIELDS")
    return Finding("好", "订阅通知的模板和字段正确")


def _own_address(error: Refused) -> str:
    """WeChat names the address that it refused."""
    found = _ADDRESS.search(str(error).partition(": ")[2]) if error.errcode == 40164 else None
    return f"，出口地址是 {found[0]}" if found else ""
