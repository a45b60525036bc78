"""Inside: each fault is switched on, does what it says, and is switched off; what leaves is drawn beside the rate."""

import urllib.error

from playwright.sync_api import expect

from case import BrowserCase
from system import email, sms

PERSON = {"recipientPerson": {"nationalIdentityNumber": "11837512435", "channelSchema": "Email", "emailSettings": {"subject": "Emne", "body": "Tekst"}}}
DAY = 24 * 3600


class Faults(BrowserCase):
    def switch_on(self, name):
        self.open("inside")
        self.page.get_by_role("button", name=name, exact=True).click()
        expect(self.page.locator("main li")).to_contain_text(name)

    def shows(self, placed):
        """Opens the order that was placed."""
        self.open(f"order/{placed['notificationOrderId']}/226346139")

    def test_a_register_is_down_until_it_is_lifted(self):
        self.switch_on("Kontaktregisteret er nede")
        placed = self.system.order(PERSON)
        self.system.advance(60)
        self.shows(placed)
        self.sees("registeret svarer ikke (")
        self.open("inside")
        self.page.get_by_role("button", name="Opphev feilen «Kontaktregisteret er nede»").click()
        self.sees("Ingen feil er bestilt")
        self.system.advance(DAY)
        self.assertEqual(len(self.system.outbox()), 1)

    def test_one_of_two_is_lifted_and_the_other_stays(self):
        self.switch_on("SES bremser i et minutt")
        self.page.get_by_role("button", name="Køen leverer to ganger", exact=True).click()
        self.page.get_by_role("button", name="Opphev feilen «SES bremser i et minutt»").click()
        expect(self.page.locator("main li")).to_have_count(1)
        self.assertEqual([fault["effect"] for fault in self.system.get("local/faults")["faults"]], ["twice"])
        self.page.get_by_role("button", name="Opphev alle").click()
        self.sees("Ingen feil er bestilt")
        self.assertEqual(self.system.get("local/faults")["faults"], [])

    def test_a_provider_that_throttles_for_a_minute_takes_it_afterwards(self):
        self.switch_on("SES bremser i et minutt")
        self.system.order(email())
        self.system.advance(30)
        self.assertEqual(self.system.outbox(), [])
        self.system.advance(90)
        self.assertEqual(len(self.system.outbox()), 1)
        self.open("inside")
        self.sees("Ingen feil er bestilt")

    def test_a_sender_that_dies_sends_once(self):
        self.switch_on("E-postsenderen dør")
        placed = self.system.order(email())
        self.system.advance(2)
        self.shows(placed)
        # SES took it, and its report says so although nobody is left to write that down.
        self.sees("Levert")
        self.system.advance(4 * DAY)
        self.assertEqual(len(self.system.outbox()), 1)

    def test_an_sms_that_does_not_arrive_says_what_the_operator_said(self):
        self.switch_on("Neste SMS kommer ikke frem")
        placed = self.system.order(sms())
        self.system.advance(60)
        self.shows(placed)
        self.sees("Leverandøren: «Phone has blocked SMS»")
        self.sees("avvist av leverandøren")

    def test_a_queue_that_delivers_twice_sends_once(self):
        self.switch_on("Køen leverer to ganger")
        self.system.order(email())
        self.system.advance(60)
        self.assertEqual(self.system.get("local/faults")["faults"], [])
        self.assertEqual(len(self.system.outbox()), 1)

    def test_a_table_that_does_not_answer_refuses_an_order_that_is_taken_later(self):
        self.switch_on("Tabellen svarer ikke")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.system.order(email(), idempotencyId="igjen")
        self.assertEqual(refused.exception.code, 503)
        refused.exception.close()
        self.page.get_by_role("button", name="Opphev feilen «Tabellen svarer ikke»").click()
        self.sees("Ingen feil er bestilt")
        self.system.order(email(), idempotencyId="igjen")
        self.system.advance(2)
        self.assertEqual(len(self.system.outbox()), 1)


class Leaving(BrowserCase):
    def test_what_leaves_is_drawn_though_the_clock_stands_and_an_event_can_be_read(self):
        self.system.order(email())
        self.system.advance(2)
        self.open("inside")
        self.sees("E-post: 1 de siste 60 sekundene")
        self.page.locator("details summary").first.click()
        self.system.order({"recipientEmail": {"emailAddress": "ny@example.no", "emailSettings": {"subject": "Ny", "body": "Ny"}}})
        self.sees("E-post: 2 de siste 60 sekundene")
        self.assertEqual(self.page.locator("details[open]").count(), 1)

    def test_a_backlog_leaves_at_the_rate(self):
        recipients = [{"emailAddress": f"mottaker{number}@example.no"} for number in range(200)]
        self.system.post("notifications/api/v1/orders/email", {"idempotencyId": "mange", "subject": "Til mange", "body": "Hei", "recipients": recipients})
        self.open("inside")
        self.system.advance(8)
        rate = self.system.get("local/inside")["rates"]["Email"]
        left = self.system.get("local/inside")["left"]["Email"]
        self.sees(f"E-post: {sum(left)} de siste 60 sekundene, {max(left)} på det meste i ett av dem; grensen er {rate} i sekundet")
        self.assertGreater(sum(left), 4 * rate, "several seconds at the rate")
        self.assertLess(sum(left), 200, "some of them wait")
        heights = self.page.locator("figure").first.locator("rect").evaluate_all("bars => bars.map((bar) => Number(bar.getAttribute('height')))")
        level = self.page.locator("figure").first.locator("line").evaluate("line => 120 - Number(line.getAttribute('y1'))")
        self.assertEqual([height > 0 for height in heights], [count > 0 for count in left])
        for height, count in zip(heights, left):
            self.assertAlmostEqual(height, count / rate * level, delta=2)
        self.system.advance(30)
        self.sees("E-post: 200 de siste")
