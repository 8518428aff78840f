"""A plugin for MkDocs: fenced `millrace` blocks become widgets.

It needs no hook for instant navigation: a custom element connects by itself whenever it comes into the page.
"""

import re

from mkdocs.config import config_options
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin

from .embed import Wrong, embed, host

FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*([^`]*)$")


class MillracePlugin(BasePlugin):
    """`plugins: [millrace: {host: https://…}]`."""

    config_scheme = (("host", config_options.Type(str, default="")),)

    def on_config(self, config):
        """Reads where the widgets are served."""
        try:
            self.host = host(self.config["host"])
        except Wrong as wrong:
            raise PluginError(f"mkdocs.yml: {wrong}") from None
        return config

    def on_page_markdown(self, markdown, page, **_):
        """Puts the widgets into a page."""
        try:
            return replaced(markdown, self.host)
        except Mistake as mistake:
            above = 0
            try:
                # MkDocs has taken the page's metadata away.
                above = page.file.content_string.count("\n") - markdown.count("\n")
            except AttributeError:
                pass
            raise PluginError(f"{page.file.src_uri}:{mistake.line + above}: {mistake}") from None


class Mistake(Exception):
    """A line that is wrong."""

    def __init__(self, line, sentence):
        super().__init__(sentence)
        self.line = line


def replaced(markdown, address):
    """The page with a widget in the place of each `millrace` fence."""
    out, fence, inside = [], None, []
    for number, line in enumerate(markdown.split("\n"), 1):
        if fence is None:
            found = FENCE.match(line)
            if not found:
                out.append(line)
                continue
            fence, inside = (number, line, *found.groups()), []
            continue
        first, opening, indent, mark, info = fence
        stripped = line.strip()
        if not (len(stripped) >= len(mark) and set(stripped) == {mark[0]}):
            inside.append(line)
            continue
        words = info.split()
        # `continue` and `refused` are for `millrace verify`.
        if words[:1] != ["millrace"] or {"continue", "refused"} & set(words):
            out += [opening, *inside, line]
        else:
            cut = [text[len(indent):] if text.startswith(indent) else text.lstrip() for text in inside]
            try:
                markup = embed(info.strip()[len("millrace"):], "\n".join(cut)).markup(address)
            except Wrong as wrong:
                raise Mistake(first, str(wrong)) from None
            # Python-Markdown leaves what is in a div alone.
            out += ["", f"{indent}<div>{markup}</div>", ""]
        fence = None
    if fence is not None:
        if fence[4].split()[:1] == ["millrace"]:
            raise Mistake(fence[0], f"expected a line {fence[3]} at the end of the block")
        out += [fence[1], *inside]
    return "\n".join(out)
