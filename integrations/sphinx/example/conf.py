"""An example."""

project = "Example"
extensions = ["millrace_docs.sphinx"]
millrace_host = "https://millrace.example/"
html_theme = "alabaster"
