"""The form: each kind of order, faults at their fields, templates, and the keyboard alone."""

from playwright.sync_api import expect

from case import BrowserCase
from system import API

KINDS = ["person", "organization", "email", "sms", "list", "composed", "instantEmail", "instantSms"]


class Forms(BrowserCase):
    # The browser reports the answer to a request with a fault.
    allowed = ("Failed to load resource: the server responded with a status of 400",)

    def test_an_order_of_each_kind_is_taken(self):
        for kind in KINDS:
            with self.subTest(kind):
                self.open("orders")
                self.open("place")
                self.page.locator("#kind").select_option(kind)
                self.page.locator("#send").click()
                expect(self.page.get_by_role("heading", name="Hva som skjedde")).to_be_visible()
        self.system.advance(60)
        self.assertGreaterEqual(len(self.system.outbox()), len(KINDS))

    def test_a_fault_is_shown_at_its_field(self):
        self.open("place")
        self.page.get_by_label("Fødselsnummer").fill("12345678901")
        self.page.get_by_label("Emne", exact=True).fill("")
        self.page.locator("#send").click()
        problem = self.page.get_by_role("alert").filter(has_text="ikke tatt imot")
        expect(problem).to_be_focused()
        number = self.page.locator("#nationalIdentityNumber")
        expect(number).to_have_attribute("aria-invalid", "true")
        expect(self.page.locator("#nationalIdentityNumber-fault")).to_contain_text("eleven digits")
        expect(self.page.locator("#subject-fault")).not_to_be_empty()
        problem.get_by_role("button", name="Fødselsnummer").first.click()
        expect(number).to_be_focused()
        number.fill("11837512435")
        self.page.get_by_label("Emne", exact=True).fill("Emne")
        self.page.locator("#send").click()
        expect(self.page.get_by_role("heading", name="Hva som skjedde")).to_be_visible()

    def test_the_command_is_what_is_sent(self):
        self.open("place")
        self.page.get_by_label("Emne", exact=True).fill("Det's \"sitert\"")
        self.page.get_by_text("curl", exact=True).click()
        command = self.page.locator("details pre").inner_text()
        self.assertIn("Det'\\''s \\\"sitert\\\"", command)
        self.assertIn(f"{self.system.url}/{API}/future/orders", command)

    def test_a_template_is_previewed_in_each_language_and_a_broken_one_says_why(self):
        self.open("place")
        templates = self.page.locator("#template option").all_inner_texts()
        self.page.locator("#template").select_option(templates[1])
        self.page.get_by_role("button", name="Forhåndsvis").click()
        previews = self.page.locator("#previews")
        expect(previews.locator(".fault").first).not_to_be_empty()
        for control in self.page.locator("#tokens input").all():
            control.fill("Søknaden <b>om</b> bygging")
        self.page.get_by_role("button", name="Forhåndsvis").click()
        expect(previews).to_contain_text("Søknaden <b>om</b> bygging")
        for language in ["Bokmål", "Nynorsk", "Engelsk"]:
            expect(previews.get_by_role("heading", name=language)).to_be_visible()

    def test_the_keyboard_alone_places_an_order(self):
        self.open("orders")
        self.page.locator("body").press("Tab")
        expect(self.page.get_by_role("link", name="Til innholdet")).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_be_focused()
        expect(self.page.get_by_role("heading", name="Bestillinger")).to_be_visible()
        self.page.keyboard.press("Shift+Tab")
        self.page.reload()
        self.tab_to("nav-place")
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="Ny bestilling")).to_be_visible()
        self.tab_to("subject")
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type("Skrevet uten mus")
        self.tab_to("send")
        self.page.keyboard.press("Enter")
        self.sees("Skrevet uten mus")

    def test_a_template_brings_its_own_reminder(self):
        self.open("place")
        self.page.locator("#template").select_option(index=1)
        expect(self.page.locator("#tokens")).to_be_visible()
        self.assertNotIn("reminders", self.shown())
        self.page.locator("#kind").select_option("email")
        self.assertNotIn("template", self.shown())

    def test_a_time_is_one_on_oslos_clock(self):
        self.open("place")
        self.page.get_by_label("Tidligst").fill("2027-07-01T12:00")
        self.assertIn("2027-07-01T10:00:00.000Z", self.shown())
        self.page.get_by_label("Tidligst").fill("2027-01-04T12:00")
        self.assertIn("2027-01-04T11:00:00.000Z", self.shown())

    def test_a_fault_of_a_list_is_at_its_field(self):
        self.open("place")
        self.page.locator("#kind").select_option("list")
        self.page.get_by_label("Mottakere").fill("12345678901\n+47 900 00 020")
        self.page.locator("#send").click()
        expect(self.page.locator("#recipients-fault")).not_to_be_empty()
        self.assertIn("+47 900 00 020", self.shown())

    def test_what_was_written_stays_in_another_language(self):
        self.open("place")
        self.page.get_by_label("Emne", exact=True).fill("Skrevet på norsk")
        self.page.locator("#language").click()
        expect(self.page.get_by_label("Subject", exact=True)).to_have_value("Skrevet på norsk")

    def shown(self):
        """The request that is shown."""
        return self.page.locator("pre[aria-label=JSON]").inner_text()

    def tab_to(self, wanted):
        """Presses Tab until the element of an id has the focus."""
        for _ in range(80):
            if self.page.evaluate("document.activeElement.id") == wanted:
                return
            self.page.keyboard.press("Tab")
        self.fail(f"no way to {wanted} by the keyboard")
