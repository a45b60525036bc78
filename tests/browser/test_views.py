"""What each view shows: lists and their filters, messages with their segments, the calendar, queues, and what is copied."""

import json

from playwright.sync_api import expect

from case import BrowserCase
from system import API, email, sms

EVENING = 10 * 3600


class Orders(BrowserCase):
    def rows(self):
        """The references that are listed, waited for until the list is as long as it should be."""
        return self.page.locator("tbody tr td:first-child")

    def test_the_newest_comes_first_and_a_state_an_owner_or_a_part_of_an_id_or_reference_is_found(self):
        first = self.system.order(email(), sendersReference="den første")
        self.system.advance(60)
        self.system.order(email(), sendersReference="den andre", requestedSendTime="2026-12-08T12:00:00+01:00")
        self.open("orders")
        expect(self.rows()).to_have_text(["den andre", "den første"])
        self.page.get_by_label("Status").select_option(label="Venter")
        expect(self.rows()).to_have_text(["den andre"])
        self.page.get_by_label("Status").select_option(label="Ferdig")
        expect(self.rows()).to_have_text(["den første"])
        self.page.get_by_label("Status").select_option(index=0)
        for text in ["første", first["notificationOrderId"][:8]]:
            self.page.get_by_label("Søk").fill(text)
            expect(self.rows()).to_have_text(["den første"])
        self.page.get_by_label("Søk").fill("")
        self.page.get_by_label("Eier").select_option("226346139")
        expect(self.rows()).to_have_count(2)


class Messages(BrowserCase):
    def test_an_html_email_has_its_plain_text_and_headers_beside_it(self):
        self.system.order(email("Et emne", "<h1>Hei</h1><p>Brødtekst</p>", html=True))
        self.open("messages")
        card = self.page.get_by_role("article", name="E-post: Et emne")
        expect(card.frame_locator("iframe").locator("h1")).to_have_text("Hei")
        expect(card.locator(".plain")).to_contain_text("Brødtekst")
        expect(card.locator(".headers")).to_contain_text("mottaker@example.no")
        expect(card.locator(".headers")).to_contain_text("varsling@example.no")

    def test_a_long_sms_shows_its_segments(self):
        self.system.order(sms("En lang melding. " * 15))
        self.open("messages")
        phone = self.page.locator(".phone")
        expect(phone).to_contain_text("2 deler")
        expect(phone.locator(".segment")).to_have_count(2)
        expect(phone.locator(".segment").nth(1)).to_contain_text("2/2")


class Time(BrowserCase):
    def test_what_waits_for_the_window_is_listed_and_leaves_at_the_next_opening(self):
        self.system.advance(EVENING)
        waits = {"sendingTimePolicy": "Daytime", "subject": "Emne", "body": "Tekst"}
        self.system.order({"recipientEmail": {"emailAddress": "kveld@example.no", "emailSettings": waits}})
        self.open("time")
        self.sees("Sendevinduet åpner tir. 8. des. 2026, 09:00")
        row = self.page.get_by_role("row").filter(has_text="Forfaller")
        # A sweep looks ahead, so that it leaves when the window opens.
        expect(row).to_contain_text("tir. 8. des. 2026, 08:5")
        self.assertEqual(self.system.outbox(), [])
        self.page.get_by_role("button", name="Til neste åpning").click()
        self.sees("Sendevinduet er åpent")
        self.system.advance(60)
        self.assertEqual(len(self.system.outbox()), 1)

    def test_the_calendar_of_the_year_names_its_holidays(self):
        self.open("time")
        may = self.page.get_by_role("table", name="mai")
        expect(may.get_by_role("cell", name="17 , Grunnlovsdag")).to_have_count(1)
        self.sees("Skjærtorsdag")
        self.page.get_by_role("button", name="2027").click()
        self.sees("Sendevinduet i 2027")


class Inside(BrowserCase):
    def test_queues_and_what_is_due_are_counted(self):
        recipients = [{"emailAddress": f"mottaker{number}@example.no"} for number in range(200)]
        self.system.post(f"{API}/orders/email", {"idempotencyId": "mange", "subject": "Til mange", "body": "Hei", "recipients": recipients})
        self.system.order(email(), requestedSendTime="2026-12-09T12:00:00+01:00")
        self.system.advance(3)
        self.open("inside")
        left = self.system.get("local/inside")["queues"]["email"]["waiting"]
        self.assertGreater(left, 50, "the others wait for their turn")
        queue = self.page.get_by_role("row").filter(has=self.page.get_by_text("email", exact=True))
        expect(queue.get_by_role("cell").nth(1)).to_have_text(str(left))
        self.sees(f"{self.system.get('local/inside')['due']} venter på sin tid")

    def test_a_dead_letter_is_counted(self):
        self.system.post("local/queues/email", {"of no": "known kind"})
        self.system.advance(3600)
        self.open("inside")
        queue = self.page.get_by_role("row").filter(has=self.page.get_by_text("email", exact=True))
        expect(queue.get_by_role("cell").nth(2)).to_have_text("1")


class Copies(BrowserCase):
    def new_page(self, **options):
        page = super().new_page(**options)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        return page

    def copied(self):
        return self.page.evaluate("navigator.clipboard.readText()")

    def test_an_order_and_its_evidence_are_copied_as_json(self):
        placed = self.system.order(email(), sendersReference="kopi")
        self.system.advance(60)
        self.open(f"order/{placed['notificationOrderId']}/226346139")
        self.page.get_by_text("Bestillingen som JSON").click()
        self.page.locator("#manifest-copy").click()
        expect(self.page.get_by_role("status")).to_contain_text("Kopiert")
        self.assertEqual(json.loads(self.copied())["sendersReference"], "kopi")
        self.page.locator("#evidence-summary").click()
        self.page.locator("#evidence-copy").click()
        expect(self.page.locator("#evidence-text")).to_contain_text("Email_Delivered")
        self.assertEqual(json.loads(self.copied())["shipments"][0]["notifications"][0]["status"], "Email_Delivered")

    def test_a_request_is_copied_as_json_and_as_a_command(self):
        self.open("place")
        self.page.get_by_role("button", name="Kopier JSON").click()
        self.assertIn("recipient", json.loads(self.copied()))
        self.page.get_by_role("button", name="Kopier curl").click()
        token, command = self.copied().split("\n", 1)
        self.assertTrue(token.startswith("TOKEN=$(curl "), token)
        self.assertTrue(command.startswith(f"curl -s {self.system.url}/"), command)
