"""An order from the form to its reminder, and one whose reminder is stopped."""

from playwright.sync_api import expect

from case import BrowserCase


class Stories(BrowserCase):
    def place(self):
        """Places the order that the form begins with; the page shows it afterwards."""
        self.open("place")
        self.page.get_by_role("button", name="Send bestillingen").click()
        expect(self.page.get_by_role("heading", name="Hva som skjedde")).to_be_visible()

    def move(self, button):
        """Moves the clock in the view of the time, and comes back."""
        order = self.page.url
        self.page.get_by_role("navigation").get_by_role("link", name="Tid").click()
        self.page.get_by_role("button", name=button).click()
        self.page.goto(order)

    def test_an_unopened_message_is_reminded_of(self):
        self.place()
        self.sees("Overlevert leverandøren")
        self.sees("solid.lampe@example.no")
        self.move("+ 1 time")
        self.sees("Levert")
        self.assertEqual(len(self.system.outbox()), 1)
        self.move("+ 7 dager")
        self.sees("Påminnelsen går: ikke åpnet")
        self.sees("Vedtaket er ikke lest")
        self.assertEqual(len(self.system.outbox()), 2)

    def test_an_opened_message_is_not(self):
        self.place()
        self.move("+ 1 dag")
        self.page.get_by_role("button", name="Åpne meldingen som mottaker").click()
        self.sees("Meldingen er åpnet")
        self.move("+ 7 dager")
        self.sees("Stoppet: Meldingen er åpnet")
        self.assertEqual(len(self.system.outbox()), 1)

    def test_the_list_shows_a_new_order_by_itself(self):
        self.open("orders")
        self.sees("Ingen bestillinger ennå")
        self.system.order({"recipientEmail": {"emailAddress": "ny@example.no", "emailSettings": {"subject": "Ny", "body": "Ny"}}}, sendersReference="kom av seg selv")
        self.sees("kom av seg selv")

    def test_the_story_is_played_to_its_end(self):
        self.page.goto(f"{self.system.url}/#/story")
        panel = self.page.locator("#story")
        for text in ["påminnelse etter sju dager", "påminnelsen er sendt", "ingen maser"]:
            expect(panel).to_contain_text(text, timeout=60_000)
        expect(panel).to_contain_text("Historien er slutt", timeout=60_000)
        self.assertEqual(len(self.system.outbox()), 3)

    def test_an_order_can_be_cancelled(self):
        self.open("place")
        self.page.get_by_label("Tidligst").fill("2026-12-10T12:00")
        self.page.get_by_role("button", name="Send bestillingen").click()
        self.page.get_by_role("button", name="Avbestill").click()
        self.sees("Avbestilt")
        self.system.advance(30 * 24 * 3600)
        self.assertEqual(self.system.outbox(), [])
