# ruff: noqa: ARG001  (drawing functions have four arguments, needed or not)
"""``reportgen figures``: sizes, names, films, the page, the data, and that nothing is drawn twice."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import xarray as xr
from PIL import Image

from reportgen.draw import draw
from reportgen.errors import EnvironmentProblem, ExperimentError, ReportgenError, UsageError
from reportgen.figures import FigureOptions, export_figures, parse_size
from reportgen.figures.sheet import make_page
from reportgen.film import film
from reportgen.line.csv import to_csv
from reportgen.model import Figure, Text
from reportgen.options import BuildOptions
from reportgen.style import LectureWords, Style

pytestmark = pytest.mark.usefixtures("_inline_pool")

SMALL = Path(__file__).parent / "projects/small"
WORDS = LectureWords("en")


def curve(summary, results, words, style):
    figure, ax = style.subplots(width="text", height=50)
    style.line(ax, summary["step"], summary["loss"], "adam", label="Adam")
    ax.set_xlabel("step")
    return figure


def by_hand(summary, results, words, style):
    from matplotlib.figure import Figure as MatplotlibFigure

    figure = MatplotlibFigure(figsize=(4, 4))
    figure.subplots().plot([0, 1])
    return figure


SUMMARY = xr.Dataset({"loss": ("step", np.geomspace(1, 0.1, 9))}, coords={"step": np.arange(9)})


def figure_of(function, **more):
    return Figure(name=function.__name__, caption=Text(), alt=Text(), draw=function, **more)


# --- sizes ---


@pytest.mark.parametrize(
    ("text", "mm"),
    [
        ("160x90mm", (160, 90)),
        ("13.33 x 7.5 in", (338.582, 190.5)),
        ("33.9×19.05cm", (339, 190.5)),
    ],
)
def test_size_is_parsed(text, mm):
    assert parse_size(text) == pytest.approx(mm)


@pytest.mark.parametrize(
    "text", ["0x90mm", "160x90", "160mm", "x", "1..2x3mm", "5x90mm", "9999x9999mm", "-1x5mm"]
)
def test_impossible_size_is_a_usage_error(text):
    with pytest.raises(UsageError, match="--size"):
        parse_size(text)


@pytest.mark.parametrize("function", [curve, by_hand])
@pytest.mark.parametrize(
    ("preset", "place"), [("slides", (160.0, 90.0)), ("handout", (60.0, 120.0)), ("poster", (400.0, 300.0))]
)
def test_every_format_has_the_exact_size(function, preset, place):
    style = Style(preset=preset, place=place, dpi=127.0, transparent=False)
    svg, png, pdf = (
        draw(figure_of(function), SUMMARY, {}, WORDS, style, fmt, figure_id="x.y")
        for fmt in ("svg", "png", "pdf")
    )
    assert f'width="{place[0]:g}mm" height="{place[1]:g}mm"' in svg.decode()
    picture = Image.open(io.BytesIO(png))
    assert picture.size == (place[0] * 5, place[1] * 5)
    assert picture.info["dpi"] == pytest.approx((127, 127), abs=0.1)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        box = [float(x) for x in document.pages[0].mediabox]
    assert box[2:] == pytest.approx([mm / 25.4 * 72 for mm in place], abs=0.01)


def test_transparent_shows_what_is_behind_and_the_theme_colors_the_paper():
    for transparent, corner in ((True, (0, 0, 0, 0)), (False, (0x16, 0x18, 0x1C, 255))):
        style = Style(theme="dark", place=(60.0, 40.0), transparent=transparent)
        png = draw(figure_of(curve), SUMMARY, {}, WORDS, style, "png")
        pixel = Image.open(io.BytesIO(png)).convert("RGBA").getpixel((0, 0))
        assert pixel[3] == corner[3]
        assert pixel == corner or transparent


def test_outlines_leave_no_text_that_needs_our_fonts():
    svg = draw(figure_of(curve), SUMMARY, {}, WORDS, Style(outlines=True), "svg").decode()
    assert "<text" not in svg
    assert "<use" in svg


# --- films ---


def test_film_grows_on_the_axes_of_the_whole():
    figure = figure_of(curve, plays="step")
    style = Style(place=(60.0, 40.0))
    gif = film(figure, SUMMARY, {}, WORDS, style, "gif", figure_id="x.curve")
    assert gif == film(figure, SUMMARY, {}, WORDS, style, "gif", figure_id="x.curve")
    frames = Image.open(io.BytesIO(gif))
    assert frames.n_frames == 8
    inked = []
    for number in range(frames.n_frames):
        frames.seek(number)
        gray = np.asarray(frames.convert("L"))
        inked.append(int((gray < 200).sum()))
        bottom = gray[gray.shape[0] // 2 :, :]
        if number == 0:
            axis = bottom[-12:, :]  # tick labels and the axis' label stay where they are
    assert inked[-1] > inked[0]
    assert np.abs(axis.astype(int) - bottom[-12:, :]).mean() < 5


@pytest.mark.parametrize(
    ("plays", "fmt", "error", "message"),
    [
        ("epoch", "gif", ExperimentError, "no dimension 'epoch'"),
        ("step", "mp4", EnvironmentProblem, "MP4 needs ffmpeg"),
    ],
)
def test_film_that_cannot_be_made_says_why(plays, fmt, error, message, monkeypatch):
    monkeypatch.setattr("reportgen.film.has_ffmpeg", lambda: False)
    with pytest.raises(error, match=message):
        film(figure_of(curve, plays=plays), SUMMARY, {}, WORDS, Style(), fmt, figure_id="x.curve")


# --- data ---


def test_csv_has_a_row_for_every_number_with_all_its_digits():
    dataset = xr.Dataset(
        {
            "b": (("arm", "step"), [[1 / 3, np.nan]], {"units": "nats"}),
            "a": ((), 2, {"units": "1"}),
        },
        coords={"arm": ["x, y"], "step": [0, 10]},
    )
    assert to_csv(dataset).decode().split("\n") == [
        "variable,arm,step,value,units",
        "a,,,2,1",
        'b,"x, y",0,0.3333333333333333,nats',
        'b,"x, y",10,nan,nats',
        "",
    ]


# --- the whole command ---


@pytest.fixture(scope="module")
def measured(_inline_pool: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project with its measurements and one figure in two languages."""
    root = tmp_path_factory.mktemp("figures") / "project"
    shutil.copytree(SMALL, root)
    result = export_figures(options(root, ids=("coin",)))
    assert len(result.drawn) == 4
    return root


@pytest.fixture
def project(measured: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(measured, tmp_path / "project"))


def options(root: Path, languages=("ko", "en"), **more) -> FigureOptions:
    return FigureOptions(project=BuildOptions(project=root, languages=languages, jobs=1), **more)


def folder(root: Path) -> Path:
    return root / "output/small/figures"


def content(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_files_have_stable_names(measured):
    drawn = [f"{lang}/slides-light/coin.share.{ext}" for lang in ("en", "ko") for ext in ("png", "svg")]
    assert sorted(content(folder(measured))) == sorted(
        [*drawn, "data/coin.csv", "data/coin.nc", "figures.json", "index.html"]
    )
    with xr.open_dataset(folder(measured) / "data/coin.nc", engine="h5netcdf") as data:
        assert data["share"].sizes == {"replicate": 10}


def test_second_call_draws_nothing_and_touches_nothing(project):
    times = {path: path.stat().st_mtime_ns for path in folder(project).rglob("*")}
    again = export_figures(options(project, ids=("coin.share",)))
    assert (again.drawn, again.changed) == ((), ())
    assert len(again.files) == 6
    assert {path: path.stat().st_mtime_ns for path in folder(project).rglob("*")} == times


def test_other_formats_join_the_page_and_vanished_figures_leave_it(project):
    export_figures(options(project, ids=("coin.share",), formats=("pdf",), languages=("en",)))
    page = (folder(project) / "index.html").read_text()
    linked = set(re.findall(r'(?:src|href)="([^"]+)"', page))
    assert {"en/slides-light/coin.share.pdf", "en/slides-light/coin.share.svg", "data/coin.csv"} <= linked
    assert all((folder(project) / link).is_file() for link in linked)
    experiment = project / "experiments/basics/coin.py"
    experiment.write_text(
        experiment.read_text().replace(
            'name="share",\n            caption', 'name="rate",\n            caption'
        )
    )
    chapters = project / "templates/small"
    for path in chapters.rglob("*.md.j2"):
        path.write_text(path.read_text().replace("coin.share", "coin.rate"))
    result = export_figures(options(project, ids=("coin",), formats=("svg",)))
    assert {entry["id"] for entry in result.figures} == {"coin.rate"}
    assert not list(folder(project).rglob("coin.share.*"))


def test_manifest_changes_only_with_the_files(project, tmp_path):
    manifest = tmp_path / "deck/figures.manifest"
    wanted = options(project, ids=("coin",), output=tmp_path / "deck/images", manifest=manifest)
    export_figures(wanted)
    before = manifest.stat().st_mtime_ns
    listed = json.loads(manifest.read_bytes())
    assert listed["folder"] == "images"
    paths = [file["path"] for entry in listed["figures"] for file in entry["files"]]
    assert all((tmp_path / "deck/images" / path).is_file() for path in paths)
    export_figures(wanted)
    assert manifest.stat().st_mtime_ns == before


def newer(root: Path) -> None:
    (folder(root) / "figures.json").write_text('{"schema": 2, "figures": {}}')


def torn(root: Path) -> None:
    (folder(root) / "figures.json").write_text("{")


def unmeasured(root: Path) -> None:
    shutil.rmtree(root / ".reportgen")


@pytest.mark.parametrize(
    ("spoil", "more", "message", "code"),
    [
        (newer, {}, r"figures\.json: was written by a newer reportgen \(schema 2; this one knows 1\)", 3),
        (torn, {}, r"figures\.json: is no list of figures", 3),
        (unmeasured, {"measure": False}, r"--no-measure: not measured: coin", 3),
        (None, {"ids": ("coin.shape",)}, r"no figure 'coin\.shape'\n  did you mean coin\.share", 4),
        (None, {"preset": "slide"}, r"unknown preset 'slide'\n  did you mean slides", 2),
        (None, {"dpi": 2400.0}, r"--dpi: \d+ pixels are too many", 2),
        (None, {"formats": ("gif",)}, r"cannot be played: coin\.share", 4),
        (None, {"languages": ("fr",)}, r"no language 'fr'", 2),
    ],
)
def test_bad_request_is_a_clear_error_and_loses_nothing(project, spoil, more, message, code):
    if spoil is not None:
        spoil(project)
    before = content(folder(project))
    with pytest.raises(ReportgenError, match=message) as caught:
        export_figures(options(project, **{"ids": ("coin",), **more}))
    assert caught.value.exit_code == code
    assert content(folder(project)) == before


def test_record_with_paths_outside_deletes_nothing(project):
    precious = folder(project).parent / "precious.svg"
    precious.write_text("mine")
    record = folder(project) / "figures.json"
    listed = json.loads(record.read_text())
    listed["figures"][0]["id"] = "coin.gone"
    listed["figures"][0]["files"][0]["path"] = "../precious.svg"
    record.write_text(json.dumps(listed))
    export_figures(options(project, ids=("coin",)))
    assert precious.read_text() == "mine"


def test_page_escapes_words_for_each_language_it_offers():
    entry = {
        "id": "a.b",
        "language": "en",
        "preset": "slides",
        "theme": "light",
        "caption": "x",
        "alt": '50 % of "A & B" [_]',
        "n": 3,
        "size_mm": None,
        "files": [{"path": f"en/a.b.{fmt}"} for fmt in ("svg", "pdf")],
        "data": [],
    }
    page = make_page({"figures": [entry]}, title="T", language="en", caption=lambda text: f"<b>{text}</b>")
    for line in (
        "![50 % of &quot;A &amp; B&quot; \\[_\\]](en/a.b.svg)",
        "alt={50 \\% of &quot;A \\&amp; B&quot; [\\_]}]{en/a.b.pdf}",
        '<img src="en/a.b.svg" alt="50 % of &quot;A &amp; B&quot; [_]" loading="lazy">',
        "<b>x</b>",
    ):
        assert line in page
