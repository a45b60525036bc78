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


class ScreenReader(BrowserCase):
    """What the browser hands to a screen reader: roles, names, descriptions, focus and what is announced."""

    # The browser reports the answer to a request with a fault.
    allowed = ("Failed to load resource: the server responded with a status of 400",)

    def test_landmarks_and_headings_lead_through_a_view(self):
        self.system.order(email(), sendersReference="sak 1")
        self.open("orders")
        expect(self.page.locator("body")).to_match_aria_snapshot(
            """
            - link "Til innholdet"
            - banner:
              - navigation "Varsling":
                - link "Bestillinger"
                - link "Meldinger"
                - link "Ny bestilling"
                - link "Tid"
                - link "Innsiden"
              - button "English"
            - main:
              - heading "Bestillinger" [level=1]
            - status
            """
        )

    def test_the_picture_of_an_order_is_a_list_that_can_be_heard(self):
        placed = self.system.order(email())
        self.system.advance(60)
        self.open(f"order/{placed['notificationOrderId']}/226346139")
        expect(self.page.locator("main")).to_match_aria_snapshot(
            """
            - heading "Hva som skjedde" [level=2]
            - list:
              - listitem:
                - strong: Mottatt
              - listitem:
                - strong: Mottakere slått opp
              - listitem:
                - strong: Overlevert leverandøren
              - listitem:
                - strong: Meldt tilbake
              - listitem:
                - strong: Slutt
            - heading "Forsendelser" [level=2]
            - article:
              - table "Leveringer (1)":
                - rowgroup:
                  - row "Til Kanal Status Sist endret"
            """
        )

    def test_the_focus_follows_to_a_new_view_and_what_was_done_is_announced(self):
        self.open("orders")
        self.page.get_by_role("link", name="Tid").click()
        expect(self.page.get_by_role("heading", name="Tid", level=1)).to_be_visible()
        expect(self.page.get_by_role("main")).to_be_focused()
        self.assertEqual(self.page.title(), "Tid · Varsling")
        self.page.get_by_role("button", name="+ 1 time").click()
        said = self.page.get_by_role("status")
        expect(said).to_contain_text("Klokken")
        self.assertIn("polite", str(self.node("#said")), "it does not interrupt")

    def test_a_field_with_a_fault_says_so_and_why(self):
        self.open("place")
        self.page.get_by_label("Fødselsnummer").fill("12345678901")
        self.page.locator("#send").click()
        expect(self.page.locator("#nationalIdentityNumber-fault")).not_to_be_empty()
        field = self.node("#nationalIdentityNumber")
        self.assertEqual(field["name"]["value"], "Fødselsnummer")
        self.assertIn("eleven digits", field["description"]["value"])
        properties = {one["name"]: one["value"].get("value") for one in field["properties"]}
        self.assertEqual(properties["invalid"], "true")

    def node(self, selector):
        """An element as the browser's accessibility tree has it."""
        devtools = self.page.context.new_cdp_session(self.page)
        found = devtools.send("Runtime.evaluate", {"expression": f"document.querySelector('{selector}')"})
        tree = devtools.send("Accessibility.getPartialAXTree", {"objectId": found["result"]["objectId"], "fetchRelatives": False})
        return tree["nodes"][0]
