"""The console of a deployment: nothing of the local system, a token that is pasted, and the public API alone."""

from playwright.sync_api import expect

from case import BrowserCase, findings
from system import email


class Deployment(BrowserCase):
    # A deployment has nothing under /local.
    allowed = ("Failed to load resource: the server responded with a status of 404", "Failed to load resource: the server responded with a status of 401")

    def setUp(self):
        super().setUp()
        self.asked = []
        self.page.route("**/local/**", lambda route: route.fulfill(status=404, body="{}"))
        self.page.on("request", lambda request: self.asked.append(request.url.removeprefix(self.system.url)))

    def sign_in(self, token):
        self.page.goto(f"{self.system.url}/console")
        self.page.get_by_label("Token").fill(token)
        self.page.get_by_role("button", name="Logg inn").click()

    def test_orders_are_read_with_a_token_that_is_kept_in_memory_only(self):
        placed = self.system.order(email("Emne"), sendersReference="sak-77")
        self.system.order(email("Annet"), sendersReference="sak-78")
        self.system.advance(10)
        self.sign_in(self.system.token)
        self.sees("sak-77")
        self.assertEqual(self.page.locator("#nav a").all_inner_texts(), ["Bestillinger"])
        self.page.get_by_label("Søk").fill("sak-78")
        self.page.keyboard.press("Enter")
        expect(self.page.locator("tbody tr")).to_have_count(1)
        self.page.get_by_label("Søk").fill(placed["notificationOrderId"])
        self.page.keyboard.press("Enter")
        self.sees("Overlevert leverandøren")
        self.page.get_by_text("Bevis").click()
        self.sees("handedOverAt")
        self.assertEqual(self.page.get_by_role("button", name="Avbestill").count(), 0)
        beyond = [path for path in self.asked if not path.startswith(("/console", "/notifications/api/v1/future/", "/local/clock")) and not path.startswith("data:")]
        self.assertEqual(beyond, [])
        kept = self.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        self.assertNotIn(self.system.token[:20], kept)
        self.assertEqual(findings(self.page), [])
        self.page.reload()
        expect(self.page.get_by_label("Token")).to_be_visible()
        self.assertEqual(findings(self.page), [])

    def test_a_wrong_token_is_refused_in_words(self):
        self.sign_in("feil")
        expect(self.page.get_by_role("alert").filter(has_text="oken")).to_be_visible()
        self.page.get_by_label("Token").fill(self.system.token)
        self.page.get_by_role("button", name="Logg inn").click()
        self.sees("Ingen bestilling er ferdig")

    def test_of_an_order_that_is_gone_the_evidence_is_shown(self):
        self.system.order(email("Emne"), sendersReference="gammel")
        self.system.advance(40 * 24 * 3600)
        self.sign_in(self.system.token)
        self.page.locator("tbody a").first.click()
        self.sees("Dette kan fortsatt bevises")
        self.sees("handedOverAt")
