"""Figures for slides, posters and papers: files with stable names, their data, and a page that shows them."""

from reportgen.figures.export import FigureOptions, FigureResult, export_figures
from reportgen.figures.sizes import parse_size

__all__ = ["FigureOptions", "FigureResult", "export_figures", "parse_size"]
