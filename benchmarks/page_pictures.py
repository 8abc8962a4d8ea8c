"""Makes the pictures of the page that docs/page.md and README.md show, from a take that plays, in Chromium.

    python -m benchmarks.page_pictures [FOLDER]

writes page-wide.png, page-tablet.png and page-phone.png to a folder, by default docs/pictures.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.support.browser import Browser
from tests.support.playing_page import TAKE, playing_page
from tests.support.rooms import ROOT

MUSIC = ("--preset", "sonatina", "--model", "piano", "--meter", "4/4", "--tempo", "112", "--seed", "1")
SIZES = {"wide": (1600, 1000, False), "tablet": (820, 1180, False), "phone": (390, 844, True)}
"""Width and height in pixels, and whether it is dark there."""

PLAYED = "document.querySelector('page-keyboard').forward([0x{status}, {pitch}, 80])"


def make(folder: Path) -> None:
    """Play a take, play some keys, change a value, and take a picture at each size."""
    with tempfile.TemporaryDirectory() as work:
        browser_folder, take_folder = Path(work) / "browser", Path(work) / "take"
        browser_folder.mkdir()
        take_folder.mkdir()
        with Browser(browser_folder) as browser, playing_page(take_folder, *MUSIC) as (_, url):
            tab = browser.open(url)
            tab.resize(1600, 1000)
            tab.wait_for(f"{TAKE}.headTick > 4 * 1920 && document.querySelector('[data-preset]') !== null")
            for pitch in (84, 86, 88):
                tab.evaluate(PLAYED.format(status="90", pitch=pitch))
                tab.wait_for(f"{TAKE}.own.at(-1)?.[2] === {pitch} && {TAKE}.headTick > {TAKE}.own.at(-1)[0] + 200")
                tab.evaluate(PLAYED.format(status="80", pitch=pitch))
            for name, (width_px, height_px, dark) in SIZES.items():
                tab.resize(width_px, height_px, dark=dark)
                tab.evaluate("document.querySelector('[data-action=reroll]').click()")
                tab.wait_for(f"innerWidth === {width_px} && {TAKE}.pending.size > 0")
                (folder / f"page-{name}.png").write_bytes(tab.picture())


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
