"""A test that has a system and a page, and fails where the page reports an error that was not expected."""

import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from system import System

CHROMIUM = "/usr/bin/chromium"
# How long something that is expected is waited for, in milliseconds: a machine may be busy.
expect.set_options(timeout=20_000)


def findings(page):
    """What axe-core finds against WCAG 2.2 AA and its own best practices."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    return [f"{one['id']}: {node['target']} {node.get('failureSummary', '')}" for one in found.response["violations"] for node in one["nodes"]]


class BrowserCase(unittest.TestCase):
    """One browser for all tests of a class; a system and a page for each test."""

    # What an error of the page may begin with, where a test makes it report one.
    allowed = ()

    @classmethod
    def setUpClass(cls):
        cls.driver = sync_playwright().start()
        cls.browser = cls.driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.driver.stop()

    def setUp(self):
        self.errors = []
        self.system = System()
        self.addCleanup(lambda: self.system.stop())
        self.page = self.new_page()

    def tearDown(self):
        self.assertEqual([error for error in self.errors if not error.startswith(self.allowed or ("\0",))], [])

    def new_page(self, **options):
        context = self.browser.new_context(viewport={"width": 1280, "height": 900}, locale="nb-NO", timezone_id="America/New_York", **options)
        self.addCleanup(context.close)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        return page

    def open(self, place, page=None):
        """Opens a view, and waits until it is there."""
        page = page or self.page
        page.goto(f"{self.system.url}/#/{place}")
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".waits")).to_have_count(0)
        return page

    def sees(self, text):
        """Waits until something is read on the page."""
        expect(self.page.locator("main")).to_contain_text(text)
