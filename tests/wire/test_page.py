"""The page at `/`, in a real browser: two people find each other by a room's code and talk."""

from __future__ import annotations

from typing import Iterator

import pytest

from browser import Browser, Window
from harness import Server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as running:
        yield running


def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.address[1]}/"


def named(browser: Browser, server: Server, name: str) -> Window:
    window = browser.window(url(server))
    window.wait("document.querySelector('#link').dataset.state === 'online'")
    window.type("#name", name)
    window.sees(f"Hello, {name}")
    return window


def room_of(window: Window) -> str:
    window.click("#create")
    window.wait("document.querySelector('#room-code').textContent.length === 6")
    return window.js("document.querySelector('#room-code').textContent")


def couple(browser: Browser, server: Server) -> tuple[Window, Window, str]:
    alice, bob = named(browser, server, "Alice"), named(browser, server, "Bob")
    code = room_of(alice)
    bob.type("#code", code.lower())
    bob.sees("With Alice")
    alice.sees("With Bob")
    return alice, bob, code


def test_two_windows_talk(browser: Browser, server: Server) -> None:
    alice, bob, _ = couple(browser, server)
    alice.type("#text", "Hello! <b>안녕</b> 👩‍👩‍👧")
    bob.sees("Hello! <b>안녕</b> 👩‍👩‍👧")
    bob.type("#text", "Hi", enter=False)
    alice.sees("Bob is typing …")
    bob.press("Enter", 13, "\r")
    alice.wait("[...document.querySelectorAll('#messages li')].some(li => li.innerText.includes('Hi'))")
    alice.wait("document.querySelector('#typing').textContent === ''")
    bob.click("#leave")
    alice.sees("Bob has left.")
    alice.sees("Waiting for somebody to join")
    assert bob.js("!document.querySelector('#lobby').hidden")
    for window in (alice, bob):
        assert window.complaints == []


def test_typing_that_is_given_up(browser: Browser, server: Server) -> None:
    alice, bob, _ = couple(browser, server)
    bob.type("#text", "Hm", enter=False)
    alice.sees("Bob is typing …")
    alice.wait("document.querySelector('#typing').textContent === ''")


def test_a_wrong_code_is_explained(browser: Browser, server: Server) -> None:
    alice = named(browser, server, "Alice")
    alice.type("#code", "zzzzzz")
    alice.sees("Room 'ZZZZZZ' not found")
    room_of(alice)


def test_it_connects_again(browser: Browser, start) -> None:
    """The server goes and comes back on the same port: the page says so both times and keeps the name."""
    first = start()
    alice, bob, _ = couple(browser, first)
    port = first.address[1]
    first.stop()
    alice.wait("document.querySelector('#link').dataset.state === 'offline'")
    second = start(address=f"127.0.0.1:{port}")
    alice.wait("document.querySelector('#link').dataset.state === 'online'")
    alice.sees("Hello, Alice")
    bob.sees("Hello, Bob")
    assert second.address == first.address
    room_of(alice)


def test_it_can_be_used_without_seeing_it(browser: Browser, server: Server) -> None:
    """Every field has a label, the page has a language, and messages are announced."""
    window = browser.window(url(server))
    assert window.js("document.documentElement.lang") == "en"
    assert window.js("[...document.querySelectorAll('input')].every(input => input.labels.length === 1)")
    assert window.js("[...document.querySelectorAll('button')].every(button => button.textContent.trim() !== '')")
    assert window.js("document.querySelector('#messages').getAttribute('aria-live')") == "polite"
    assert window.js("document.querySelector('#problem').getAttribute('role')") == "alert"


@pytest.mark.parametrize("width", [320, 480, 1280])
def test_it_fits(browser: Browser, server: Server, width: int) -> None:
    window = browser.window(url(server), width=width)
    window.wait("document.querySelector('#link').dataset.state === 'online'")
    window.type("#name", "N" * 60)
    window.sees("Hello, ")
    room_of(window)
    assert window.js("document.documentElement.scrollWidth <= innerWidth")


def test_it_asks_nobody_else(browser: Browser, server: Server) -> None:
    window = browser.window(url(server))
    window.wait("document.querySelector('#link').dataset.state === 'online'")
    loaded = window.js("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in loaded if not name.startswith(url(server))] == []
    assert window.complaints == []
