"""The pages and files: served, guarded by headers, framed only where allowed."""

from __future__ import annotations

from typing import Any


async def test_the_page_and_its_parts_are_served(client: Any) -> None:
    for path, kind in (("/", "text/html"), ("/embed", "text/html"), ("/widget.js", "javascript")):
        response = await client.get(path)
        assert (response.status, kind in response.headers["Content-Type"]) == (200, True)
    assert (await client.get("/static/chat.js")).status == 200


async def test_every_response_carries_the_security_headers(client: Any) -> None:
    for path in ("/", "/static/chat.js", "/chat/messages", "/nothing-here"):
        response = await client.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_only_the_listed_sites_may_frame_the_widget(client: Any) -> None:
    response = await client.get("/embed")
    assert "frame-ancestors 'self' https://www.example.gov.cn" in response.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in response.headers
    script = await client.get("/widget.js")
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_files_outside_the_widget_are_not_served(client: Any) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/replies.py", "/static/..%2freplies.py"):
        assert (await client.get(path)).status in (403, 404)
