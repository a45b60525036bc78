"""Many orders, many recipients, and a server that goes away and comes back."""

import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import expect

from case import BrowserCase
from system import API, System, email

ORDERS = int(os.environ.get("ORDERS", "1000"))


class Scale(BrowserCase):
    allowed = ("Failed to load resource: net::", "Failed to load resource: the server responded with a status of 401")

    def test_a_long_list_is_paged(self):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: self.system.order(email(), idempotencyId=f"nr-{number}", sendersReference=f"nr-{number}"), range(ORDERS)))
        began = time.monotonic()
        self.open("orders")
        expect(self.page.locator("tbody tr")).to_have_count(50)
        first = time.monotonic() - began
        began = time.monotonic()
        self.page.reload()
        expect(self.page.locator("tbody tr")).to_have_count(50)
        again = time.monotonic() - began
        self.page.locator("#more").click()
        expect(self.page.locator("tbody tr")).to_have_count(100)
        # Beyond what is asked for at once.
        for shown in range(150, 601, 50):
            self.page.locator("#more").click()
            expect(self.page.locator("tbody tr")).to_have_count(shown)
        began = time.monotonic()
        self.page.locator("#text").fill(f"nr-{ORDERS // 2}")
        expect(self.page.locator("caption")).to_contain_text("av 1 bestilling" if ORDERS < 10_000 else "bestilling")
        found = time.monotonic() - began
        print(f"\n{ORDERS} orders: {first * 1000:.0f} ms to the first list, {again * 1000:.0f} ms to the next, {found * 1000:.0f} ms to find one")

    def test_an_order_of_two_thousand_recipients(self):
        recipients = [{"emailAddress": f"mottaker{number}@example.no"} for number in range(2000)]
        placed = self.system.post(f"{API}/orders/email", {"idempotencyId": "stor", "subject": "Emne", "body": "Tekst", "recipients": recipients})
        self.system.advance(300)
        began = time.monotonic()
        self.open(f"order/{placed['orderId'][:-2]}00/226346139")
        self.sees("100 av 2000 vises")
        print(f"\n2,000 recipients: {(time.monotonic() - began) * 1000:.0f} ms")

    def test_a_server_that_comes_back_is_heard_again(self):
        with tempfile.TemporaryDirectory() as folder:
            self.system.stop()
            self.system = System(folder=folder)
            self.system.order(email(), sendersReference="før")
            self.open("orders")
            self.page.get_by_role("link", name="før").click()
            self.sees("Hva som skjedde")
            self.open("orders")
            self.system.stop()
            expect(self.page.locator("#connection")).to_be_visible()
            self.system = System(port=self.system.port, folder=folder)
            expect(self.page.locator("#connection")).to_be_hidden(timeout=30_000)
            self.system.order(email(), sendersReference="etter")
            self.sees("etter")
            # The tokens of the server before are good for nothing any more.
            self.page.get_by_role("link", name="etter").click()
            self.sees("Hva som skjedde")
            self.system.stop()
            self.system = System()
