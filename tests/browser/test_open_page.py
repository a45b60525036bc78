"""`demo --open-page`: starts a system, and opens the browser where the story is played."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from playwright.sync_api import expect

from case import BrowserCase
from system import ROOT

# How long the program may take until it opens a browser, in seconds.
PATIENCE = 60


class OpenPage(BrowserCase):
    def test_the_browser_is_opened_at_a_story_that_plays(self):
        with tempfile.TemporaryDirectory() as folder:
            opened = Path(folder) / "opened"
            # In place of the desktop's own: writes down what it is to open, whole or not at all.
            opener = Path(folder) / "xdg-open"
            opener.write_text(f'#!/bin/sh\nprintf %s "$1" > "{opened}.part"\nmv "{opened}.part" "{opened}"\n')
            opener.chmod(0o755)
            environment = {"LOG_LEVEL": "off", "PATH": f"{folder}:{os.environ['PATH']}"}
            program = subprocess.Popen([ROOT / "target/debug/varsling-local", "demo", "--open-page"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
            self.addCleanup(program.stdout.close)
            self.addCleanup(program.wait)
            self.addCleanup(lambda: program.poll() is None and program.send_signal(signal.SIGINT))
            self.page.goto(self.waits_for(opened, program))
            panel = self.page.locator("#story")
            expect(panel).to_contain_text("påminnelse etter sju dager")
            expect(panel).to_contain_text("Påminnelsen venter", timeout=90_000)
            program.send_signal(signal.SIGINT)
            self.assertEqual(program.wait(timeout=PATIENCE), 0)

    # The page says so when the system is gone.
    allowed = ("Failed to load resource",)

    def waits_for(self, opened, program):
        """The address that the browser is opened at."""
        deadline = time.monotonic() + PATIENCE
        while not opened.exists():
            self.assertIsNone(program.poll(), "the program ended")
            self.assertLess(time.monotonic(), deadline, "no browser was opened")
            time.sleep(0.1)
        return opened.read_text()
