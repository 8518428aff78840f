"""What every integration has to make of the same text."""

import json
import pathlib
import unittest

from millrace_docs.embed import VOCABULARY, Wrong, embed, host

ROOM = pathlib.Path(__file__).resolve().parents[2]


class Cases(unittest.TestCase):
    def test_the_vocabulary_is_the_shared_one(self):
        self.assertEqual(VOCABULARY, (ROOM / "vocabulary.txt").read_text())

    def test_the_shared_cases_hold(self):
        cases = json.loads((ROOM / "cases.json").read_text())
        self.assertGreater(len(cases), 12)
        for case in cases:
            with self.subTest(case["info"]):
                try:
                    made = {"html": embed(case["info"], case["body"]).markup("https://host/m/")}
                except Wrong as wrong:
                    made = {"error": str(wrong)}
                self.assertEqual(made, {name: case[name] for name in made.keys() & case.keys()})

    def test_an_address_is_one(self):
        self.assertEqual(host("https://a.org/m"), "https://a.org/m/")
        self.assertEqual(host("../m//"), "../m/")
        for wrong in ["", "a.org", "javascript:alert(1)", 'https://a"b']:
            with self.assertRaises(Wrong):
                host(wrong)


if __name__ == "__main__":
    unittest.main()
