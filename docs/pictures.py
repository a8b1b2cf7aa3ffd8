"""Take the pictures of a briefing and of the site that the README and the documentation show.

Run with the development packages and Chromium installed::

    .venv/bin/python docs/pictures.py

Briefings are the sample publication's, and one in Arabic (``docs/arabic``), made in a folder that
is thrown away. Pictures of the site are taken too when the command line says where ``digest web``
serves the sample publication::

    .venv/bin/python docs/pictures.py http://127.0.0.1:8000/

Readers' machines have typefaces that this one may not have. Free ones of the same widths stand in
for them, if they are there::

    npm install --prefix build/fonts @fontsource/gelasio @fontsource/open-sans
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = Path(__file__).parent / "images"

ENGLISH = {
    "": (
        "Good morning. The strait has a timetable at last, and it took two years to write one "
        "sentence. We begin with the fishermen who are in it."
    )
}
ARABIC = {
    "": "صباح الخير. للمضيق أخيرًا جدول واحد، واحتاج الأمر عامين لكتابة جملة واحدة.",
    "PUBLICATION__TITLE": "بريد الميناء",
    "PUBLICATION__LANGUAGE": "ar",
    "BRIEFINGS__DAILY__TITLE": "خط الصباح",
    "BRIEFINGS__DAILY__HEADLINES": "8",
    "BRIEFINGS__DAILY__MAX_ARTICLES": "6",
}
"""The editor's introduction, and settings that differ from the sample's."""


@dataclass(frozen=True)
class Shot:
    """One picture of a briefing."""

    name: str
    theme: str = "broadsheet"
    width: int = 760
    height: int = 1400
    is_dark: bool = False
    has_images: bool = True
    is_arabic: bool = False


SHOTS = (
    Shot("briefing-light"),
    Shot("briefing-dark", is_dark=True),
    Shot("briefing-phone", width=360),
    Shot("briefing-right-to-left", is_arabic=True),
    Shot("briefing-without-images", has_images=False),
    Shot("briefing-modern", theme="modern"),
    Shot("briefing-modern-dark", theme="modern", is_dark=True),
    Shot("briefing-modern-phone", theme="modern", width=360),
    Shot("briefing-plain", theme="plain"),
    Shot("briefing-plain-dark", theme="plain", is_dark=True),
    Shot("briefing-plain-phone", theme="plain", width=360),
)

SITE_PICTURES = (
    ("web-front.png", "", 1120, 760, "light"),
    ("web-article-dark.png", "articles/the-night-the-clocks-agreed", 1120, 760, "dark"),
    ("web-phone.png", "", 360, 780, "light"),
)
"""Name, the page's path, width and height in pixels, colour scheme."""

DESK_PICTURES = (
    ("desk-today", "", 1200, 720, "light"),
    ("desk-next", "next/daily", 1200, 860, "light"),
    ("desk-preview-dark", "next/daily/preview?scheme=dark", 1200, 860, "dark"),
    ("desk-phone", "next/daily", 360, 780, "light"),
)
"""The same of the desk."""

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--allow-file-access-from-files",
]

FONTS = ROOT / "build" / "fonts" / "node_modules" / "@fontsource"
STANDING_IN = {
    "Georgia": "gelasio",
    "Palatino Linotype": "gelasio",
    "Segoe UI": "open-sans",
}

WEBP = {"quality": 60, "method": 6}
"""Small enough to be kept with the source, and text stays sharp."""


def preview(folder: Path, theme: str, *, is_arabic: bool) -> Path:
    """Return the page of the next issue of a publication that is made in *folder*."""
    settings = ARABIC if is_arabic else ENGLISH
    folder.mkdir()
    shutil.copy(ROOT / "config.toml", folder)
    shutil.copytree(ROOT / "articles", folder / "articles")
    if is_arabic:
        for path in (folder / "articles").glob("*.*"):
            path.unlink()
        shutil.copytree(ROOT / "docs" / "arabic", folder / "articles", dirs_exist_ok=True)
    environment = {f"DIGEST_{key}": value for key, value in settings.items() if key}
    environment |= {**os.environ, "DIGEST_PUBLICATION__THEME": theme}

    def digest(*words: str, told: str = "") -> None:
        command = [sys.executable, "-m", "digest", *words, "--config", str(folder / "config.toml")]
        subprocess.run(  # noqa: S603 - our own command
            command, input=told, text=True, check=True, env=environment, cwd=ROOT
        )

    digest("publish")
    digest("arrange", "daily", "--introduction", "-", told=settings[""])
    digest("preview", "daily", "--dir", str(folder / "preview"))
    return folder / "preview" / "daily.html"


def faces() -> str:
    """Return the style sheet that lets free typefaces stand in; empty without them."""
    return "".join(
        f"@font-face {{ font-family: '{family}'; font-style: {style}; font-weight: {weight}; "
        f"src: url({path.as_uri()}); }}"
        for family, package in STANDING_IN.items()
        for weight in (400, 700)
        for style in ("normal", "italic")
        if (path := FONTS / package / "files" / f"{package}-latin-{weight}-{style}.woff2").is_file()
    )


def take(browser: Browser, page: Path, shot: Shot) -> None:
    """Save what a reader's screen shows of the issue at *page*."""
    tab = browser.new_page(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme="dark" if shot.is_dark else "light",
    )
    if not shot.has_images:
        tab.route("**/*.jpg", lambda route: route.abort())
    tab.goto(page.as_uri(), wait_until="networkidle")
    tab.add_style_tag(content=faces())
    tab.evaluate("document.fonts.ready")
    raw = page.with_name(f"{shot.name}.png")
    tab.screenshot(path=raw)
    tab.close()
    Image.open(raw).convert("RGB").save(IMAGES / f"{shot.name}.webp", **WEBP)


def take_site(browser: Browser, page: str, name: str, size: tuple[int, int], scheme: str) -> None:
    """Save what a reader's screen of *size* shows of the page at that URL."""
    width, height = size
    tab = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    tab.goto(page, wait_until="networkidle")
    target = IMAGES / name
    tab.screenshot(path=target)
    tab.close()
    # A palette is enough for flat colours and small photographs, and a third of the size.
    Image.open(target).convert("RGB").quantize(256).save(target, optimize=True)


def take_desk(browser: Browser, folder: Path) -> None:
    """Save what an editor sees at the desk of the publication in *folder*."""
    config = ["--config", str(folder / "config.toml")]
    command = [sys.executable, "-m", "digest", "desk"]
    password = "a password for pictures"  # noqa: S105 - of an account that is thrown away
    subprocess.run(  # noqa: S603 - our own command
        [*command, "password", "ines", "--stdin", *config], input=password, text=True, check=True
    )
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "serve", "--listen", "127.0.0.1:0", *config],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as server:
        said = next(line for line in server.stdout or () if "the desk is at" in line)
        url = said.partition("at ")[2].partition(";")[0]
        for name, path, width, height, scheme in DESK_PICTURES:
            tab = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            tab.goto(f"{url}enter?to=/{path}")
            tab.fill("#name", "ines")
            tab.fill("#password", password)
            tab.press("#password", "Enter")
            tab.wait_for_load_state("networkidle")
            raw = folder / f"{name}.png"
            tab.screenshot(path=raw)
            tab.close()
            Image.open(raw).convert("RGB").save(IMAGES / f"{name}.webp", **WEBP)
        server.terminate()


def main() -> None:
    """Take all pictures; those of the site if the command line says where it is."""
    site = sys.argv[1] if len(sys.argv) > 1 else ""
    pages: dict[tuple[str, bool], Path] = {}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        for shot in SHOTS:
            key = (shot.theme, shot.is_arabic)
            if key not in pages:
                folder = Path(scratch) / f"{shot.theme}-{shot.is_arabic}"
                pages[key] = preview(folder, shot.theme, is_arabic=shot.is_arabic)
            take(browser, pages[key], shot)
        take_desk(browser, Path(scratch) / "broadsheet-False")
        for name, path, width, height, scheme in SITE_PICTURES if site else ():
            take_site(browser, site + path, name, (width, height), scheme)
        browser.close()


if __name__ == "__main__":
    main()
