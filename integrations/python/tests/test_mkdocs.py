"""Fences in a page of MkDocs."""

import unittest

try:
    from millrace_docs.mkdocs import Mistake, replaced
except ImportError:  # MkDocs is not there: an environment for Sphinx alone.
    replaced = None


@unittest.skipIf(replaced is None, "MkDocs is not installed")
class Pages(unittest.TestCase):
    def test_fences_of_ours_become_widgets_and_nothing_else_changes(self):
        page = "a\n\n````md\n```millrace lesson=L1\n```\n````\n\n  ~~~ millrace seed=7\n  wait 1s\n  ~~~\n```millrace refused\nx\n```\nz"
        out = replaced(page, "https://host/")
        self.assertEqual(out.count("<millrace-embed"), 1)
        self.assertTrue(out.startswith("a\n\n````md\n```millrace lesson=L1\n```\n````\n\n\n  <div><script"), out)
        self.assertIn('{"text":["wait 1s"]}', out)
        self.assertTrue(out.endswith("</div>\n\n```millrace refused\nx\n```\nz"), out)

    def test_a_mistake_has_its_line(self):
        for page, line, says in [
            ("\n```millrace lessn=L16\n```\n", 2, "no such attribute: lessn; did you mean lesson?"),
            ("```millrace lesson=L16\n", 1, "expected a line ``` at the end of the block"),
        ]:
            with self.assertRaises(Mistake) as caught:
                replaced(page, "https://host/")
            self.assertEqual((caught.exception.line, str(caught.exception)), (line, says))


if __name__ == "__main__":
    unittest.main()
