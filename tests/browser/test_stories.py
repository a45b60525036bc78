"""An order from the form to its reminder, and one whose reminder is stopped."""

from playwright.sync_api import expect

from case import BrowserCase
from system import email


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
        expect(self.page.get_by_role("status")).to_contain_text("Klokken")
        self.page.goto(order)

    def test_an_unopened_message_is_reminded_of(self):
        self.place()
        self.sees("Overlevert leverandøren")
        self.sees("solid.lampe@example.no")
        self.move("+ 1 time")
        self.sees("Levert")
        self.assertEqual(len(self.system.outbox()), 1)
        self.move("+ 7 dager")
        self.sees("Påminnelsen sendes: ikke åpnet")
        # The clock is still on its way when the page shows that first.
        expect(self.page.locator(".mail")).to_have_count(2)
        self.sees("Vedtaket er ikke lest")
        self.assertEqual(len(self.system.outbox()), 2)

    def test_an_opened_message_is_not(self):
        self.place()
        self.move("+ 1 dag")
        self.page.get_by_role("button", name="Åpne meldingen som mottaker").click()
        expect(self.page.locator(".timeline")).to_contain_text("Meldingen er åpnet")
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
            expect(panel).to_contain_text(text, timeout=90_000)
        expect(panel).to_contain_text("Historien er slutt", timeout=90_000)
        self.assertEqual(len(self.system.outbox()), 3)

    def test_an_order_can_be_cancelled(self):
        self.open("place")
        self.page.get_by_label("Tidligst").fill("2026-12-10T12:00")
        self.page.get_by_role("button", name="Send bestillingen").click()
        self.page.get_by_role("button", name="Avbestill").click()
        self.sees("Avbestilt")
        self.system.advance(30 * 24 * 3600)
        self.assertEqual(self.system.outbox(), [])

    def test_what_one_has_opened_stays_open_when_something_changes(self):
        self.place()
        self.page.get_by_text("Bestillingen som JSON").click()
        self.page.get_by_text("Bevis").click()
        self.sees("acceptedAt")
        self.system.advance(3600)
        self.sees("Levert")
        self.assertEqual(self.page.locator("details[open]").count(), 2)

    def test_why_an_order_waits_is_said_in_words(self):
        self.system.post("local/people", {"organizations": []})
        self.system.post("local/faults", {"register": "krr", "status": 503, "times": 50})
        self.place()
        self.system.advance(600)
        self.sees("registeret svarer ikke (")

    def test_an_order_with_a_list_shows_what_its_recipients_got(self):
        recipients = [{"nationalIdentityNumber": "11837512435"}, {"emailAddress": "kari@example.no"}]
        placed = self.system.post("notifications/api/v1/orders/email", {"idempotencyId": "liste", "subject": "Til mange", "body": "Hei", "recipients": recipients})
        self.system.advance(60)
        self.open(f"order/{placed['orderId'][:-2]}00/226346139")
        expect(self.page.locator(".mail")).to_have_count(2)
        self.sees("Solid Lampe")
        self.sees("kari@example.no")

    def test_what_was_waited_for_and_a_condition_that_was_met_stay_in_the_picture(self):
        condition = f"{self.system.url}/local/condition?send=true"
        placed = self.system.order(email(), requestedSendTime="2026-12-07T18:00:00+01:00", conditionEndpoint=condition)
        self.open(f"order/{placed['notificationOrderId']}/226346139")
        self.sees("Venter: ønsket tid")
        self.system.advance(24 * 3600)
        self.sees("Ventet: ønsket tid")
        self.sees("Vilkåret er oppfylt")
        self.sees("Levert")
        self.page.reload()
        self.sees("Ventet: ønsket tid")
        self.sees("Vilkåret er oppfylt")

    def test_what_a_provider_said_is_shown(self):
        placed = self.system.order(email(to="bounce@simulator.amazonses.com"))
        self.system.advance(60)
        self.open(f"order/{placed['notificationOrderId']}/226346139")
        expect(self.page.locator(".timeline")).to_contain_text("Leverandøren: «Permanent, General»")
        expect(self.page.locator("table")).to_contain_text("Leverandøren: «Permanent, General»")

    def test_the_clock_runs_and_is_stopped(self):
        self.open("time")
        self.page.get_by_role("button", name="La klokken gå").click()
        before = self.page.locator(".now time").inner_text()
        expect(self.page.locator(".now time")).not_to_have_text(before)
        self.page.get_by_role("button", name="Stans klokken").click()
        expect(self.page.get_by_role("button", name="La klokken gå")).to_be_visible()
        self.assertEqual(self.system.get("local/clock")["speed"], 0)
        self.sees("E-post: sendes 09:00–17:00")
