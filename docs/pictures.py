"""Take the pictures of a briefing and of the site that the README and the documentation show.

Run after ``make demo`` with the development packages and Chromium installed::

    .venv/bin/python docs/pictures.py build/demo

Those of the site are taken too when the command line says where ``digest web`` serves the sample
publication::

    .venv/bin/python docs/pictures.py build/demo http://127.0.0.1:8000/
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

PICTURES = (
    ("briefing-light.png", 760, 1500, "light"),
    ("briefing-dark.png", 760, 1500, "dark"),
    ("briefing-phone.png", 360, 1500, "light"),
)
"""Name, width and height in pixels, colour scheme."""

SITE_PICTURES = (
    ("web-front.png", "", 1120, 760, "light"),
    ("web-article-dark.png", "articles/the-night-the-clocks-agreed", 1120, 760, "dark"),
    ("web-phone.png", "", 360, 780, "light"),
)
"""Name, the page's path, width and height in pixels, colour scheme."""

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def take(browser: Browser, page: str, name: str, size: tuple[int, int], scheme: str) -> None:
    """Save what a reader's screen of *size* shows of the page at that URL."""
    width, height = size
    tab = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    tab.goto(page, wait_until="networkidle")
    target = Path(__file__).parent / "images" / name
    tab.screenshot(path=target)
    tab.close()
    # A palette is enough for flat colours and small photographs, and a third of the size.
    Image.open(target).convert("RGB").quantize(256).save(target, optimize=True)


def main() -> None:
    """Take all pictures of the demo in the folder that the command line names."""
    page = (Path(sys.argv[1]) / "preview" / "daily.html").resolve().as_uri()
    site = sys.argv[2] if len(sys.argv) > 2 else ""  # noqa: PLR2004 - the second word
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        for name, width, height, scheme in PICTURES:
            take(browser, page, name, (width, height), scheme)
        for name, path, width, height, scheme in SITE_PICTURES if site else ():
            take(browser, site + path, name, (width, height), scheme)
        browser.close()


if __name__ == "__main__":
    main()
