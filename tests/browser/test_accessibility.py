"""Accessibility by axe-core: each view, in both languages, light and dark, on a wide and on a narrow screen."""

from playwright.sync_api import expect

from case import BrowserCase, findings
from system import email

VIEWS = ["orders", "messages", "place", "time", "inside"]


class Accessibility(BrowserCase):
    def seed(self):
        html = "<h1>Hei</h1><p>Tekst</p>"
        placed = self.system.order(email("HTML", html, html=True), sendersReference="tilgjengelig", dialogportenAssociation={"dialogId": "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d"})
        long = "Et langt varsel. " * 20
        self.system.order({"recipientSms": {"phoneNumber": "+4790000020", "smsSettings": {"body": long}}})
        self.system.advance(5)
        self.system.post("local/faults", {"register": "krr", "status": 503, "times": 3})
        return [*VIEWS, f"order/{placed['notificationOrderId']}/226346139"]

    def test_axe_finds_nothing(self):
        views = self.seed()
        for scheme, width, language in [("light", 1280, "nb"), ("dark", 1280, "en"), ("light", 360, "en"), ("dark", 360, "nb")]:
            page = self.new_page(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            self.open("orders", page)
            if language == "en":
                page.locator("#language").click()
                expect(page.get_by_role("heading", name="Orders")).to_be_visible()
            for view in views:
                with self.subTest(f"{view} {scheme} {width} {language}"):
                    self.open(view, page)
                    self.assertEqual(findings(page), [])
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width, "nothing to scroll sideways")

    def test_both_languages_have_the_same_texts(self):
        self.open("orders")
        keys = "Promise.all(['nb', 'en'].map(async (name) => Object.keys((await import(`/console/${name}.js`)).default).sort()))"
        norwegian, english = self.page.evaluate(keys)
        self.assertGreater(len(norwegian), 100)
        self.assertEqual(norwegian, english)

    def test_the_language_is_that_of_the_page_and_is_kept(self):
        self.open("orders")
        self.page.locator("#language").click()
        expect(self.page.get_by_role("heading", name="Orders")).to_be_visible()
        self.page.reload()
        expect(self.page.get_by_role("heading", name="Orders")).to_be_visible()
        self.assertEqual(self.page.evaluate("document.documentElement.lang"), "en")
