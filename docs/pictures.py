"""Take the pictures of a briefing that the README and the documentation show.

Run after ``make demo`` with the development packages and Chromium installed::

    .venv/bin/python docs/pictures.py build/demo
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

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def take(browser: Browser, page: Path, name: str, size: tuple[int, int], scheme: str) -> None:
    """Save what a reader's screen of *size* shows of *page*."""
    width, height = size
    tab = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    tab.goto(page.resolve().as_uri())
    target = Path(__file__).parent / "images" / name
    tab.screenshot(path=target)
    tab.close()
    # A palette is enough for flat colours and small photographs, and a third of the size.
    Image.open(target).convert("RGB").quantize(256).save(target, optimize=True)


def main() -> None:
    """Take all pictures of the demo in the folder that the command line names."""
    page = Path(sys.argv[1]) / "preview" / "daily.html"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        for name, width, height, scheme in PICTURES:
            take(browser, page, name, (width, height), scheme)
        browser.close()


if __name__ == "__main__":
    main()
