"""The plain page as a person meets it: `test_page.py BINARY FOLDER`, run by `make test-browser`."""

import os
import pathlib
import sys
import unittest

from chromium import Chromium
from server import Server

BINARY, PICTURES = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
QUESTION = "a night train that never comes back"
CARDS = "document.querySelectorAll('#results > li').length"


class Page(unittest.TestCase):
    """One server for all, a fresh browser for each."""

    @classmethod
    def setUpClass(cls):
        PICTURES.mkdir(parents=True, exist_ok=True)
        cls.server = cls.enterClassContext(Server(BINARY))

    def setUp(self):
        self.browser = self.enterContext(Chromium(os.environ["CHROMIUM"]))
        self.browser.window(1280, 960)

    def text(self, selector):
        return self.browser.evaluate(f"document.querySelector({selector!r})?.textContent.trim()")

    def ask(self, question):
        """Types into the field that has the focus, as the keyboard does."""
        self.browser.type(question)
        self.browser.press("Enter", 13, "\r")

    def picture(self, name):
        self.browser.screenshot(PICTURES / f"{name}.png")

    def test_a_question_is_answered_with_cards(self):
        self.browser.open(self.server.base + "/plain")
        self.browser.until("document.querySelector('#collection option')")
        self.assertEqual(self.browser.evaluate("document.activeElement.id"), "question")
        self.ask(QUESTION)
        self.browser.until(f"{CARDS} === 10")
        self.assertEqual(self.text("#results h2"), "Last Train to Corrigan")
        self.assertEqual(self.text("#results .by"), "Tin Orchard")
        self.assertTrue(self.text("#results .why li"), "a card says why it was found")
        self.assertIn("10", self.text("#status"))
        self.assertEqual(self.browser.complaints, [])
        self.picture("page")

    def test_the_address_holds_the_question(self):
        self.browser.open(self.server.base + "/plain")
        self.browser.until("document.querySelector('#collection option')")
        self.ask(QUESTION)
        self.browser.until(f"{CARDS} === 10")
        titles = "Array.from(document.querySelectorAll('#results h2'), (h) => h.textContent).join('|')"
        shown = self.browser.evaluate(titles)
        self.assertEqual(self.browser.evaluate("location.pathname"), "/plain")
        self.browser.open(self.browser.evaluate("location.href"))
        self.browser.until(f"{CARDS} === 10")
        self.assertEqual(self.browser.evaluate(titles), shown)
        self.assertEqual(self.browser.evaluate("document.querySelector('#question').value"), QUESTION)

    def test_more_cards_follow(self):
        self.browser.open(self.server.base + "/plain?q=rain&c=songs&m=vector")
        self.browser.until(f"{CARDS} === 10")
        self.browser.evaluate("document.querySelector('#more').click()")
        self.browser.until(f"{CARDS} === 20")
        titles = self.browser.evaluate("new Set(Array.from(document.querySelectorAll('#results h2'), (h) => h.textContent)).size")
        self.assertEqual(titles, 20)

    def test_nothing_found_is_said(self):
        self.browser.open(self.server.base + "/plain?q=xyzzyqqwv&c=songs&m=text")
        self.browser.until("document.querySelector('#status').textContent === document.querySelector('#texts').dataset.empty")
        self.assertEqual(self.browser.evaluate(CARDS), 0)

    def test_spanish_for_who_reads_spanish(self):
        self.browser.language("es-CR,es;q=0.9")
        self.browser.open(self.server.base + "/plain")
        self.assertEqual(self.browser.evaluate("document.documentElement.lang"), "es")
        spanish = self.text("h1")
        self.browser.language("en")
        self.browser.open(self.server.base + "/plain")
        self.assertEqual(self.browser.evaluate("document.documentElement.lang"), "en")
        self.assertNotEqual(self.text("h1"), spanish)

    def test_it_fits_a_phone(self):
        self.browser.window(360, 740, phone=True)
        self.browser.open(self.server.base + f"/plain?q={QUESTION.replace(' ', '+')}&c=songs&m=hybrid")
        self.browser.until(f"{CARDS} === 10")
        self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), 360)
        self.picture("phone")

    def test_it_is_dark_for_who_likes_it_dark(self):
        lightness = "getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).reduce((sum, x) => sum + Number(x), 0)"
        self.browser.scheme("light")
        self.browser.open(self.server.base + f"/plain?q={QUESTION.replace(' ', '+')}&c=songs&m=hybrid")
        self.browser.until(f"{CARDS} === 10")
        light = self.browser.evaluate(lightness)
        self.browser.scheme("dark")
        self.assertLess(self.browser.evaluate(lightness), light)
        self.picture("dark")

    def test_every_control_has_a_name(self):
        self.browser.open(self.server.base + "/plain")
        self.browser.until("document.querySelector('#collection option')")
        tree = self.browser.call("Accessibility.getFullAXTree")["nodes"]
        controls = {"button", "searchbox", "textbox", "combobox", "link"}
        found = [node for node in tree if not node["ignored"] and node["role"]["value"] in controls]
        self.assertGreaterEqual(len(found), 4)
        nameless = [node["role"]["value"] for node in found if not node.get("name", {}).get("value", "").strip()]
        self.assertEqual(nameless, [])

    def test_z_a_stopped_server_is_said(self):
        """Last by its name: it stops the server that all share."""
        self.browser.open(self.server.base + "/plain")
        self.browser.until("document.querySelector('#collection option')")
        self.assertEqual(self.server.stop(), 0)
        self.ask(QUESTION)
        self.browser.until("document.querySelector('#status').classList.contains('error')")
        self.assertTrue(self.text("#status"))


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Page)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    verdict = "ok" if result.wasSuccessful() else "FAILED"
    # The closing line has cargo's form, so that one reader counts both.
    print(f"test result: {verdict}. {max(result.testsRun - failed, 0)} passed; {failed} failed; screenshots in {PICTURES}")
    sys.exit(0 if result.wasSuccessful() else 1)
