"""A widget in a document: what its author may say, and the markup that every integration makes of it.

`integrations/cases.json` says what has to come out; the integrations in Rust and JavaScript say the same.
"""

import json
import re

#: The attributes of <millrace-embed> and what each may be; the same as integrations/vocabulary.txt.
VOCABULARY = """\
lesson NAME
scenario NAME
src TEXT
seed NUMBER
at SPAN
script TEXT
step NUMBER
view board board+cli timeline metrics lesson readonly
task NUMBER
controls full minimal none
height auto NUMBER
loading lazy click eager
theme auto light dark hc
lang TEXT
engine 4.x 4.0-snapshot 3.9
sandbox strict persist
mode frame page
title TEXT
"""
KNOWN = {name: kinds for name, *kinds in (line.split(" ") for line in VOCABULARY.splitlines())}
KINDS = {
    "NAME": (r"[A-Za-z0-9_-]+", "a name such as L16"),
    "NUMBER": (r"[0-9]+", "a whole number"),
    "SPAN": (r"[0-9]+(us|ms|s|m|min|h|d)", "a duration such as 12s"),
    "TEXT": (r".+", "a text"),
}
WORD = re.compile(r"""([^\s=]+)=("[^"]*"|'[^']*'|\S*)""")


class Wrong(ValueError):
    """What is wrong, and what would be right."""


class Embed:
    """A widget: its attributes in the order of the vocabulary, and the lines of its own scenario."""

    def __init__(self, pairs, text=""):
        seen = {}
        for name, value in pairs:
            if name in seen:
                raise Wrong(f"{name} is said twice")
            if name not in KNOWN:
                meant = nearest(name)
                raise Wrong(f"no such attribute: {name}" + (f"; did you mean {meant}?" if meant else ""))
            if not any(re.fullmatch(KINDS.get(kind, (re.escape(kind),))[0], value) for kind in KNOWN[name]):
                raise Wrong(f"{name}: expected {expected(KNOWN[name])}, found {value}")
            seen[name] = value
        self.attributes = {name: seen[name] for name in KNOWN if name in seen}
        self.lines = [line.rstrip() for line in text.strip("\n").split("\n")] if text.strip() else []
        begins = [name for name in ("lesson", "scenario", "src") if name in seen]
        begins += ["lines of a script"] if self.lines else []
        if not begins:
            raise Wrong("expected lesson=…, scenario=…, src=… or lines of a script")
        if len(begins) > 1:
            raise Wrong(f"expected one of lesson, scenario, src and lines of a script, found {' and '.join(begins)}")

    def link(self, host):
        """Where it runs on a page of its own."""
        lesson = self.attributes.get("lesson")
        return f"{host}l/{lesson.split('-')[0]}/" if lesson else f"{host}play/"

    def markup(self, host):
        """One line: the loader, the widget, and what stands there until it runs, without scripts, and in print."""
        said = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes.items())
        loader = f'<script type="module" src="{host}embed/v1/embed.js"></script>'
        return f"{loader}<millrace-embed{said}>{self.inside(host)}</millrace-embed>"

    def inside(self, host):
        """What stands in the widget's place."""
        lesson, link = self.attributes.get("lesson"), self.link(host)
        if lesson:
            name = lesson.split("-")[0]
            title = escape(self.attributes.get("title", f"Lesson {name}"))
            return (
                f'<figure><a href="{link}"><img src="{host}lessons/{name}.svg" alt="{title}" loading="lazy"></a>'
                f'<figcaption><a href="{link}">Run lesson {name} in the browser</a></figcaption></figure>'
            )
        link = f'<p><a href="{link}">Run it in the browser</a></p>'
        if not self.lines:
            return link
        text = json.dumps({"text": self.lines}, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        shown = "&#10;".join(escape(line) for line in self.lines)
        return f'<script type="application/json">{text}</script><pre><code>{shown}</code></pre>{link}'


def embed(info, text=""):
    """Reads what stands behind the word `millrace`, and the block's text."""
    pairs, rest = [], info.strip()
    while rest:
        found = WORD.match(rest)
        if not found:
            raise Wrong(f"expected name=value such as lesson=L16, found {rest.split()[0]}")
        name, value = found.groups()
        pairs.append((name, value[1:-1] if value[:1] in ("'", '"') and len(value) > 1 else value))
        rest = rest[found.end():].lstrip()
    return Embed(pairs, text)


def host(text):
    """The address of a site as `Embed.markup` wants it."""
    text = (text or "").strip()
    if not re.match(r"https?://|\.{0,2}/", text) or re.search(r'["<>& ]', text):
        raise Wrong(f"host: expected where Millrace is served, such as https://example.org/millrace/, found {text}")
    return text.rstrip("/") + "/"


def escape(text):
    """Text as HTML has it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def expected(kinds):
    """What may stand there, as words."""
    words = [KINDS[kind][1] if kind in KINDS else kind for kind in kinds]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def nearest(name):
    """The attribute that differs by at most two letters; the first of several."""
    far = {known: distance(name, known) for known in KNOWN}
    best = min(far, key=far.get)
    return best if far[best] <= 2 else None


def distance(a, b):
    """How many letters have to change."""
    row = list(range(len(b) + 1))
    for n, letter in enumerate(a):
        following = [n + 1]
        for at, other in enumerate(b):
            following.append(min(row[at] + (letter != other), row[at + 1] + 1, following[at] + 1))
        row = following
    return row[-1]
