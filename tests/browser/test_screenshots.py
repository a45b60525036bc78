"""Pictures of three views, which must not be blank, and what the first view costs."""

from base64 import b64encode

from playwright.sync_api import expect

from case import BrowserCase
from system import ROOT

FOLDER = ROOT / "target/browser/screenshots"
# How many colours a picture has at least that shows something.
COLOURS = 40
COUNT = """async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const drawing = canvas.getContext('2d');
  drawing.drawImage(image, 0, 0);
  const { data } = drawing.getImageData(0, 0, image.width, image.height);
  return new Set(new Uint32Array(data.buffer)).size;
}"""


class Screenshots(BrowserCase):
    def setUp(self):
        super().setUp()
        FOLDER.mkdir(parents=True, exist_ok=True)
        person = {"nationalIdentityNumber": "11837512435", "channelSchema": "EmailPreferred"}
        texts = {"emailSettings": {"subject": "Du har fått et vedtak", "body": "Hei $recipientName$.\n\nLogg inn for å lese vedtaket."}, "smsSettings": {"body": "Vedtaket er ikke lest. Logg inn for å lese det. " * 4}}
        reminder = {"delayDays": 7, "recipient": {"recipientPerson": {**person, **texts, "channelSchema": "SmsPreferred"}}}
        for case in ["sak-86", "sak-87", "sak-88"]:
            dialog = {"dialogId": f"0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c{case[-2:]}"}
            self.placed = self.system.order({"recipientPerson": {**person, **texts}}, sendersReference=case, reminders=[reminder], dialogportenAssociation=dialog)
            self.system.advance(11 * 60)
        self.system.advance(7 * 24 * 3600)

    def picture(self, name, page):
        shot = page.screenshot(path=FOLDER / f"{name}.png")
        empty = self.new_page()
        colours = empty.evaluate(COUNT, f"data:image/png;base64,{b64encode(shot).decode()}")
        self.assertGreater(colours, COLOURS, f"{name} is blank")

    def test_pictures_show_something(self):
        self.open("orders")
        expect(self.page.locator("tbody tr")).to_have_count(3)
        self.picture("orders", self.page)
        self.open(f"order/{self.placed['notificationOrderId']}/226346139")
        self.sees("Påminnelsen sendes")
        self.picture("order", self.page)
        phone = self.new_page(device_scale_factor=2, is_mobile=True, has_touch=True)
        phone.set_viewport_size({"width": 390, "height": 844})
        self.open("messages", phone)
        expect(phone.locator(".phone").first).to_be_visible()
        self.picture("phone", phone)

    def test_a_blank_picture_would_be_found(self):
        empty = self.new_page()
        with self.assertRaises(AssertionError):
            self.picture("blank", empty)
        (FOLDER / "blank.png").unlink()

    def test_what_the_first_view_costs(self):
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable")
        self.open("orders")
        expect(self.page.locator("tbody tr")).to_have_count(3)
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        sizes = self.page.evaluate("performance.getEntriesByType('resource').reduce((sum, one) => sum + (one.name.includes('/console/') ? one.decodedBodySize : 0), 0)")
        print(f"\nfirst view: {metrics['ScriptDuration'] * 1000:.0f} ms of script, {metrics['LayoutDuration'] * 1000:.0f} ms of layout, {sizes:,} bytes of the console")
