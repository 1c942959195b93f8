"""What Chromium does with a page: `visit(page)` opens a file without a window and tells errors and requests.

It speaks the DevTools protocol through aiohttp, which DVC brings; no driver has to be installed.
"""

import asyncio
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
QUIET = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-background-networking"
OWN = ("file:", "data:", "blob:", "about:")  # addresses that leave no machine


@dataclass
class Visit:
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)  # beyond the page itself
    found: Any = None  # what the expression evaluated to


def visit(page: Path, expression: str = "document.title", seconds: float = 60) -> Visit:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [str(CHROMIUM), *QUIET.split(), "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
        chromium = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return asyncio.run(asyncio.wait_for(_visit(Path(profile) / "DevToolsActivePort", page, expression), seconds))
        finally:
            chromium.terminate()
            chromium.wait(timeout=20)


async def _visit(port_file: Path, page: Path, expression: str) -> Visit:
    while not port_file.exists() or "\n" not in port_file.read_text():
        await asyncio.sleep(0.05)
    server = f"http://127.0.0.1:{port_file.read_text().split()[0]}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{server}/json/list") as answer:
            (target,) = [one for one in await answer.json() if one["type"] == "page"]
        async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            seen, number = Visit(), 0

            async def ask(method: str, until: str | None = None, **params: Any) -> Mapping[str, Any]:
                nonlocal number
                number += 1
                await socket.send_json({"id": number, "method": method, "params": params})
                while True:
                    message = json.loads((await socket.receive()).data)
                    _note(seen, message)
                    if message.get("method") == until if until else message.get("id") == number:
                        return message

            for domain in ("Network", "Runtime", "Log", "Page"):
                await ask(f"{domain}.enable")
            await ask("Page.navigate", until="Page.loadEventFired", url=page.resolve().as_uri())
            wait = "new Promise(done => setTimeout(done, 1000))"  # what a page starts late
            await ask("Runtime.evaluate", expression=wait, awaitPromise=True)
            answer = await ask("Runtime.evaluate", expression=expression, returnByValue=True)
            seen.found = answer["result"]["result"].get("value")
            return seen


def _note(seen: Visit, message: Mapping[str, Any]) -> None:
    what = message.get("params", {})
    match message.get("method"):
        case "Network.requestWillBeSent" if not what["request"]["url"].startswith(OWN):
            seen.requests.append(what["request"]["url"])
        case "Runtime.consoleAPICalled" if what["type"] in ("error", "warning", "assert"):
            seen.errors.append(" ".join(str(one.get("value", one.get("description"))) for one in what["args"]))
        case "Runtime.exceptionThrown":
            seen.errors.append(str(what["exceptionDetails"].get("exception", {}).get("description", what["exceptionDetails"])))
        case "Log.entryAdded" if what["entry"]["level"] in ("error", "warning"):
            seen.errors.append(what["entry"]["text"])
