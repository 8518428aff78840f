"""A directive for Sphinx: `.. millrace:: L16`, with the widget's attributes as options and its own lines as content.

Builders other than HTML show the link.
"""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

from .embed import Embed, Wrong, host


class AnyOption(dict):
    """Takes every option: the vocabulary says better what is meant."""

    def __getitem__(self, name):
        return directives.unchanged

    def __bool__(self):
        return True


class Millrace(SphinxDirective):
    """See the module."""

    optional_arguments = 1
    has_content = True
    option_spec = AnyOption()

    def run(self):
        """The widget, and its link where there is no HTML."""
        pairs = [("lesson", self.arguments[0])] if self.arguments else []
        pairs += [(name, value or "") for name, value in self.options.items()]
        try:
            widget = Embed(pairs, "\n".join(self.content))
        except Wrong as wrong:
            raise self.error(str(wrong)) from None
        address = self.config.millrace_host
        link = nodes.reference("", "Run it in the browser", refuri=widget.link(address))
        elsewhere = addnodes.only("", nodes.paragraph("", "", link), expr="not html")
        if widget.lines:
            elsewhere.insert(0, nodes.literal_block(text="\n".join(widget.lines)))
        return [nodes.raw("", widget.markup(address), format="html"), elsewhere]


def checked(_app, config):
    """Says at once where the address is missing."""
    try:
        config.millrace_host = host(config.millrace_host)
    except Wrong as wrong:
        raise ConfigError(f"conf.py: millrace_{wrong}") from None


def setup(app):
    """`extensions = ["millrace_docs.sphinx"]`."""
    app.add_config_value("millrace_host", "", "html")
    app.add_directive("millrace", Millrace)
    app.connect("config-inited", checked)
    return {"version": "0.1.0", "parallel_read_safe": True, "parallel_write_safe": True}
