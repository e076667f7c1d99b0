"""Makes screenshot.png beside this file: two people, two windows, one room. Needs a built server (PARLEY_BINARY) and what
the tests need: .venv/bin/python docs/screenshot.py"""

import base64
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / name) for name in ("tests/wire", "generated")]

from browser import Browser  # noqa: E402
from harness import Server  # noqa: E402

SIDE_BY_SIDE = """<style>body {{ margin: 0; padding: 24px; display: flex; gap: 24px; background: #c9c4ba }}
img {{ width: 420px; border-radius: 12px; box-shadow: 0 6px 24px #0005 }}</style>
<img src="data:image/png;base64,{}"><img src="data:image/png;base64,{}">"""

with Server() as server, Browser() as browser:
    url = f"http://127.0.0.1:{server.address[1]}/"
    alice, bob = (browser.window(url, width=420, height=600, dark=dark) for dark in (False, True))
    for window, name in ((alice, "Alice"), (bob, "Bob")):
        window.wait("document.querySelector('#link').dataset.state === 'online'")
        window.type("#name", name)
        window.sees(f"Hello, {name}")
    alice.click("#create")
    alice.wait("document.querySelector('#room-code').textContent.length === 6")
    bob.type("#code", alice.js("document.querySelector('#room-code').textContent"))
    alice.sees("With Bob")
    for speaker, listener, text in (
        (alice, bob, "Did you get here with the code?"),
        (bob, alice, "Six characters, one try."),
        (alice, bob, "And now the room is full."),
    ):
        speaker.type("#text", text)
        listener.sees(text)
    bob.type("#text", "Good, because", enter=False)
    alice.sees("Bob is typing")
    pictures = [base64.b64encode(window.screenshot()).decode() for window in (alice, bob)]
    page = "data:text/html;base64," + base64.b64encode(SIDE_BY_SIDE.format(*pictures).encode()).decode()
    both = browser.window(page, width=912, height=648)
    both.wait("[...document.images].every(image => image.complete)")
    (HERE / "screenshot.png").write_bytes(both.screenshot())
