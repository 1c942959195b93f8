"""Open a page in Chromium without a window: `visit(page)` returns its errors, its requests and the value of an expression.

    seen = visit(page, "document.title", width=390, dark=True, screenshot=Path("page.png"))

It speaks the DevTools protocol through aiohttp, which DVC depends on, so no driver has to be installed.
"""

import asyncio
import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-background-networking"
LOCAL = ("file:", "data:", "blob:", "about:")  # addresses that need no network


@dataclass
class Visit:
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)  # beyond the page itself
    value: Any = None  # of the expression


def visit(
    page: Path,
    expression: str = "document.title",
    seconds: float = 60,
    *,
    width: int = 1280,
    dark: bool = False,
    screenshot: Path | None = None,
) -> Visit:
    """Open a file at this width of the window, wait a second and evaluate the expression; a promise is awaited."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(CHROMIUM), *FLAGS.split(), "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
        chromium = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port_file = Path(profile) / "DevToolsActivePort"
            return asyncio.run(asyncio.wait_for(_visit(port_file, page, expression, width, dark, screenshot), seconds))
        finally:
            chromium.terminate()
            chromium.wait(timeout=20)


async def _visit(port_file: Path, page: Path, expression: str, width: int, dark: bool, screenshot: Path | None) -> Visit:
    while not port_file.exists() or "\n" not in port_file.read_text():
        await asyncio.sleep(0.05)
    server = f"http://127.0.0.1:{port_file.read_text().split()[0]}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{server}/json/list") as response:
            (target,) = [tab for tab in await response.json() if tab["type"] == "page"]
        async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            seen, number = Visit(), 0

            async def call(method: str, until: str | None = None, **params: Any) -> Mapping[str, Any]:
                nonlocal number
                number += 1
                await socket.send_json({"id": number, "method": method, "params": params})
                while True:
                    message = json.loads((await socket.receive()).data)
                    _note(seen, message)
                    if message.get("method") == until if until else message.get("id") == number:
                        return message

            for domain in ("Network", "Runtime", "Log", "Page"):
                await call(f"{domain}.enable")
            size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
            await call("Emulation.setDeviceMetricsOverride", **size)
            scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
            await call("Emulation.setEmulatedMedia", features=[scheme])
            await call("Page.navigate", until="Page.loadEventFired", url=page.resolve().as_uri())
            wait = "new Promise(done => setTimeout(done, 1000))"  # for what a page starts late
            await call("Runtime.evaluate", expression=wait, awaitPromise=True)
            answer = await call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
            seen.value = answer["result"]["result"].get("value")
            if screenshot:
                image = await call("Page.captureScreenshot", captureBeyondViewport=True)
                screenshot.write_bytes(base64.b64decode(image["result"]["data"]))
            return seen


def _note(seen: Visit, message: Mapping[str, Any]) -> None:
    params = message.get("params", {})
    match message.get("method"):
        case "Network.requestWillBeSent" if not params["request"]["url"].startswith(LOCAL):
            seen.requests.append(params["request"]["url"])
        case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
            seen.errors.append(" ".join(str(value.get("value", value.get("description"))) for value in params["args"]))
        case "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            seen.errors.append(str(details.get("exception", {}).get("description", details)))
        case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
            seen.errors.append(params["entry"]["text"])
