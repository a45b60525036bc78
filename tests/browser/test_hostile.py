"""What people write that is not what it seems: markup, scripts, other directions, much of it."""

import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import expect

from case import BrowserCase
from system import email

HOSTILE = """<html><head><style>h1 { color: rgb(1, 2, 3) } body::after { content: url(%(url)s/local/pixel-css) }</style>
<meta http-equiv="refresh" content="0; url=%(url)s/local/refreshed"><link rel="stylesheet" href="%(url)s/local/sheet"></head>
<body onload="parent.hacked = 1"><h1>Overskrift</h1><script>parent.hacked = 1; fetch('%(url)s/local/fetched')</script>
<img src="%(url)s/local/pixel.png" onerror="parent.hacked = 1"><iframe src="%(url)s/local/framed"></iframe>
<form action="%(url)s/local/posted" method="post"><input name="a"><button id="button">Send inn</button></form>
<a href="%(url)s/local/followed" target="_top" id="link">Lenke</a></body></html>"""
MARKUP = "<img src=x onerror=\"window.hacked=1\"><b>fet</b>"


class Trap:
    """A server that remembers what it was asked for."""

    def __init__(self):
        trap = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                trap.asked.append(self.path)
                self.send_response(204)
                self.end_headers()

            do_POST = do_GET

            def log_message(self, *arguments):
                pass

        self.asked = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever).start()

    def ask(self, path):
        urllib.request.urlopen(f"{self.url}/{path}").close()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Hostile(BrowserCase):
    # What the browser reports as blocked is what was to be blocked.
    allowed = ("Blocked ", "Refused ", "Loading ", "Connecting ", "Fetch API cannot load", "Framing ", "Failed to load resource", "Applying ", "Executing ", "Sending form data", "Unsafe attempt", "The document")

    def test_an_html_message_runs_and_loads_nothing(self):
        trap = Trap()
        self.addCleanup(trap.stop)
        self.system.order(email("Fiendtlig", HOSTILE % {"url": trap.url}, html=True))
        self.open("messages")
        frame = self.page.frame_locator("iframe")
        expect(frame.locator("h1")).to_have_text("Overskrift")
        color = frame.locator("h1").evaluate("element => getComputedStyle(element).color")
        self.assertEqual(color, "rgb(1, 2, 3)", "its styles are seen")
        frame.locator("#button").click()
        frame.locator("#link").click()
        expect(self.page.locator("h1")).to_have_text("Meldinger")
        self.assertIsNone(self.page.evaluate("window.hacked ?? null"))
        # What the message asks for is asked for before this, once more.
        self.open("orders")
        self.open("messages")
        expect(frame.locator("h1")).to_have_text("Overskrift")
        self.page.evaluate("url => fetch(url, {mode: 'no-cors'}).catch(() => null)", f"{trap.url}/blocked-by-the-page")
        trap.ask("seen")
        self.assertEqual(trap.asked, ["/seen"])

    def test_markup_in_a_name_a_subject_and_a_reference_is_text(self):
        self.system.post("local/people", {"persons": [{"nationalIdentityNumber": "11837512435", "name": MARKUP, "email": "navn@example.no"}]})
        settings = {"emailSettings": {"subject": MARKUP, "body": "Hei $recipientName$"}}
        person = {"recipientPerson": {"nationalIdentityNumber": "11837512435", "channelSchema": "Email", **settings}}
        placed = self.system.order(person, sendersReference=MARKUP)
        for place in ["orders", "messages", f"order/{placed['notificationOrderId']}/226346139", "place"]:
            with self.subTest(place):
                self.open(place)
                if place != "place":
                    self.sees("<b>fet</b>")
                self.assertEqual(self.page.locator("main img, main b").count(), 0)
                self.assertIsNone(self.page.evaluate("window.hacked ?? null"))

    def test_other_directions_emoji_and_nested_tables_are_shown(self):
        nested = "<table><tr><td>" * 302 + "innerst" + "</td></tr></table>" * 302
        self.assertIn(len(nested), range(9_900, 10_001), "as long as a text may be")
        self.system.order(email("\u202eesrevni \u0645\u0631\u062d\u0628\u0627 \U0001f389", nested, html=True), sendersReference="\u202eabc \U0001f468\u200d\U0001f469\u200d\U0001f467")
        self.open("orders")
        expect(self.page.locator("tbody tr")).to_have_count(1)
        self.open("messages")
        expect(self.page.frame_locator("iframe").get_by_text("innerst")).to_be_attached()
        self.assertLessEqual(self.page.evaluate("document.documentElement.scrollWidth"), 1280)

    def test_the_page_says_which_scripts_may_run_and_needs_no_token(self):
        headers = self.page.goto(self.system.url).headers
        self.assertIn("script-src 'self'", headers["content-security-policy"])
        self.assertNotIn("unsafe", headers["content-security-policy"])
        for name in ["base.css", "main.js", "nb.js"]:
            self.assertEqual(self.page.request.get(f"{self.system.url}/console/{name}").status, 200, name)
        self.assertEqual(self.page.request.get(f"{self.system.url}/console/..%2fCargo.toml").status, 404)
