"""Widgets of Millrace in documents: `embed` knows what may be said, `mkdocs` and `sphinx` bring it into their pages."""
