"""The contact sheet: one page with every figure of the folder, its words, its data, and lines to copy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

_ORDER = ("svg", "png", "gif", "mp4", "pdf")  # what a browser shows best comes first
_LATEX = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"} | {"\\": "\\textbackslash{}", "~": "\\textasciitilde{}"}
)
_STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1rem; margin: 0; font-family: ui-monospace, monospace }
article { border-top: 1px solid var(--line); padding: 1rem 0; display: grid; gap: .5rem 1.5rem;
  grid-template-columns: minmax(0, 3fr) minmax(0, 2fr) }
article > div { min-width: 0 }
@media (max-width: 700px) { article { grid-template-columns: minmax(0, 1fr) } }
img, video { width: 100%; height: auto; display: block; border: 1px solid var(--line) }
.alt, .facts { font-size: 13px; opacity: .8 }
.copy { display: flex; gap: .4rem; margin: .3rem 0 }
.copy input { flex: 1; min-width: 0; font: 12px ui-monospace, monospace; padding: .2rem .4rem }
.copy button { width: 6.5rem }
input[type=search] { font: inherit; width: 100%; max-width: 24rem; padding: .3rem .5rem }
"""
_SCRIPT = """
document.addEventListener('click', async event => {
  const button = event.target.closest('.copy button');
  if (!button) return;
  const field = button.previousElementSibling;
  field.select();
  try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand('copy'); }
  const name = button.textContent;
  button.textContent = '\\u2713';
  setTimeout(() => { button.textContent = name; }, 1000);
});
document.querySelector('input[type=search]').addEventListener('input', event => {
  const word = event.target.value.toLowerCase();
  for (const article of document.querySelectorAll('article'))
    article.hidden = !article.textContent.toLowerCase().includes(word);
});
"""


def make_page(record: Mapping[str, Any], *, title: str, language: str, caption: Callable[[str], str]) -> str:
    """Return the page; its links are relative to the folder of the record.

    ``caption`` turns a caption's inline Markdown into HTML.
    """
    articles = "\n".join(_article(entry, caption(entry["caption"])) for entry in record["figures"])
    return f"""<!DOCTYPE html>
<html lang="{escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Figures: {escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>Figures: <span>{escape(title)}</span></h1>
<p><input type="search" aria-label="Search figures" placeholder="Search"></p>
{articles}
</main>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _article(entry: Mapping[str, Any], caption: str) -> str:
    name, language, alt = entry["id"], entry["language"], entry["alt"]
    paths = {path.rpartition(".")[2]: path for path in (file["path"] for file in entry["files"])}
    shown = [fmt for fmt in _ORDER if fmt in paths]
    variant = f"{language}, {entry['preset']}, {entry['theme']}"
    place = re.sub(r"[^\w.-]", "-", f"{language}-{entry['preset']}-{entry['theme']}-{name}")
    links = [(fmt, paths[fmt]) for fmt in shown]
    links += [(file["path"].rpartition(".")[2], file["path"]) for file in entry["data"]]
    facts = " ".join(f'<a href="{escape(path)}">{escape(label)}</a>' for label, path in links)
    size = "" if entry["size_mm"] is None else " · {:g} × {:g} mm".format(*entry["size_mm"])
    copies = "\n".join(_copy(label, line) for label, line in _lines(paths, shown, alt).items())
    return f"""<article id="{escape(place)}">
<div lang="{escape(language)}">{_picture(paths[shown[0]], alt) if shown else ""}</div>
<div>
<h2>{escape(name)}</h2>
<p class="facts">{escape(variant)}{size} · n = {entry["n"]} · {facts}</p>
<p lang="{escape(language)}">{caption}</p>
<p class="alt" lang="{escape(language)}">{escape(alt)}</p>
{copies}
</div>
</article>"""


def _picture(path: str, alt: str) -> str:
    if path.endswith(".mp4"):
        return f'<video src="{escape(path)}" controls loop muted aria-label="{escape(alt)}"></video>'
    if path.endswith(".pdf"):
        return f'<a href="{escape(path)}">{escape(path)}</a>'
    return f'<img src="{escape(path)}" alt="{escape(alt)}" loading="lazy">'


def _lines(paths: Mapping[str, str], shown: list[str], alt: str) -> dict[str, str]:
    """Return what is copied into a text, by its language."""
    picture = next((paths[fmt] for fmt in shown if fmt not in {"pdf", "mp4"}), None)
    printed = paths.get("pdf") or paths.get("png")
    lines = {}
    if picture is not None:
        words = re.sub(r"([\[\]\\])", r"\\\1", alt)
        lines["Markdown"] = f"![{words}]({picture})"
        lines["HTML"] = f'<img src="{escape(picture)}" alt="{escape(alt)}">'
    if printed is not None:
        words = alt.translate(_LATEX)
        lines["LaTeX"] = rf"\includegraphics[width=\linewidth,alt={{{words}}}]{{{printed}}}"
    return lines


def _copy(label: str, line: str) -> str:
    return (
        f'<div class="copy"><input readonly aria-label="{label}" value="{escape(line)}">'
        f'<button type="button">{label}</button></div>'
    )
