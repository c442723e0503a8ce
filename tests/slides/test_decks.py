"""Decks: figures replaced in their frames and nothing else, and decks that must stay as they are."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pptx
import pytest
from lxml import etree
from PIL import Image
from pptx.util import Mm

from reportgen.errors import ReportgenError
from reportgen.options import BuildOptions
from reportgen.pool import Pool
from reportgen.slides import (
    SlideOptions,
    check_deck,
    mark_picture,
    new_deck,
    read_deck,
    update_deck,
)
from reportgen.slides.archive import rewrite
from reportgen.slides.provenance import marked, read_mark, unmarked

pytestmark = pytest.mark.usefixtures("_inline_pool")

SMALL = Path(__file__).parents[1] / "projects/small"
FONTS = Path(__file__).parents[2] / "templates/theme/fonts"


def png(color: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), color).save(out, "PNG")
    return out.getvalue()


def make_deck(path: Path) -> Path:
    """Three slides that share one red picture, marked each in its own way; a blue one that is not."""
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Mm(338.7), Mm(190.5)
    for number in (1, 2, 3, 4):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = f"Slide {number}"
        picture = slide.shapes.add_picture(io.BytesIO(png("red")), Mm(20), Mm(50), Mm(200), Mm(100))
        if number == 1:
            picture.name = "fig:coin.share"
            picture.crop_left, picture.rotation = 0.2, 10
        elif number == 2:
            picture._element.nvPicPr.cNvPr.set("descr", "see reportgen:coin.share")
        elif number == 3:
            picture.name = "fig:coin.share"
            group = slide.shapes.add_group_shape([picture])
            group.width, group.height = Mm(100), Mm(50)
            blue = slide.shapes.add_picture(io.BytesIO(png("blue")), Mm(230), Mm(50), Mm(50), Mm(50))
            blue.name = "mine"
        slide.notes_slide.notes_text_frame.text = "say this"
    deck.save(path)
    return path


def options(root: Path, **more: Any) -> SlideOptions:
    return SlideOptions(project=BuildOptions(project=root, languages=("en",), jobs=1), dpi=50, **more)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def pictures(path: Path) -> dict[str, dict[str, Any]]:
    """Return the pictures by slide and name as python-pptx sees them."""
    found = {}

    def visit(shapes: Any, number: int) -> None:
        for shape in shapes:
            if shape.shape_type == 6:
                visit(shape.shapes, number)
            elif shape.shape_type == 13:
                frame = (shape.left, shape.top, shape.width, shape.height, shape.rotation, shape.crop_left)
                element = shape._element
                alt = element.nvPicPr.cNvPr.get("descr")
                image = shape.image
                found[f"{number}:{shape.name}"] = {"frame": frame, "alt": alt, "image": image}

    for number, slide in enumerate(pptx.Presentation(str(path)).slides, 1):
        visit(slide.shapes, number)
    return found


@pytest.fixture(scope="module")
def updated(_inline_pool: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a deck before and after its first update."""
    root = Path(shutil.copytree(SMALL, tmp_path_factory.mktemp("slides") / "project"))
    shutil.copy(make_deck(root / "talk.pptx"), root / "original.pptx")
    result = update_deck(root / "talk.pptx", options(root))
    assert (result.written, [finding.state for finding in result.findings]) == (True, ["stale"] * 3)
    return root


@pytest.fixture
def project(updated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(updated, tmp_path / "project"))


# --- update ---


def test_update_touches_slides_relationships_types_and_media_only(updated):
    before, after = parts(updated / "original.pptx"), parts(updated / "talk.pptx")
    changed = {name for name in before if before[name] != after.get(name)}
    slides = {f"ppt/slides/slide{number}.xml" for number in (1, 2, 3)}
    relations = {f"ppt/slides/_rels/slide{number}.xml.rels" for number in (1, 2, 3)}
    assert changed == {*slides, *relations, "[Content_Types].xml"}
    assert set(after) - set(before) == {
        f"ppt/media/reportgen_slide{number}_1.{suffix}" for number in (1, 2, 3) for suffix in ("png", "svg")
    }
    assert set(before) <= set(after)  # the red picture is still on slide 4


def test_update_keeps_frames_and_draws_at_the_size_of_the_whole_picture(updated):
    before, after = pictures(updated / "original.pptx"), pictures(updated / "talk.pptx")
    assert {name: each["frame"] for name, each in after.items()} == {
        name: each["frame"] for name, each in before.items()
    }
    sizes = {name: after[name]["image"].size for name in after if "fig:" in name or name.startswith("2:")}
    pixels_per_mm = 50 / 25.4
    assert sizes == {
        "1:fig:coin.share": (int(250 * pixels_per_mm), int(100 * pixels_per_mm)),  # a fifth is cropped away
        "2:Picture 2": (int(200 * pixels_per_mm), int(100 * pixels_per_mm)),
        "3:fig:coin.share": (int(100 * pixels_per_mm), int(50 * pixels_per_mm)),  # half as large in its group
    }
    for name in ("3:mine", "4:Picture 2"):
        assert after[name]["image"].sha1 == before[name]["image"].sha1


def test_update_describes_and_marks(updated):
    after = pictures(updated / "talk.pptx")
    assert after["1:fig:coin.share"]["alt"] == "Share of heads 0.51."
    assert after["2:Picture 2"]["alt"] == "Share of heads 0.51. (reportgen:coin.share)"
    assert read_mark(after["1:fig:coin.share"]["image"].blob)["figure"] == "coin.share"


def test_update_puts_vectors_beside_the_pixels(updated):
    after = parts(updated / "talk.pptx")
    slide = etree.fromstring(after["ppt/slides/slide1.xml"])
    (vector,) = slide.iter("{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip")
    (relation,) = (value for name, value in vector.items() if name.endswith("embed"))
    relations = after["ppt/slides/_rels/slide1.xml.rels"].decode()
    target = re.search(rf'<Relationship [^>]*Id="{relation}"[^>]*>', relations)
    assert target is not None
    assert "../media/reportgen_slide1_1.svg" in target[0]
    assert b"<text" not in after["ppt/media/reportgen_slide1_1.svg"]
    assert b'Extension="svg" ContentType="image/svg+xml"' in after["[Content_Types].xml"]


def test_untouched_members_are_copied_as_they_lie(updated):
    def raw(path: Path) -> dict[str, tuple[Any, ...]]:
        with zipfile.ZipFile(path) as archive:
            return {i.filename: (i.date_time, i.compress_size, i.CRC) for i in archive.infolist()}

    before, after = raw(updated / "original.pptx"), raw(updated / "talk.pptx")
    assert before["ppt/presentation.xml"] == after["ppt/presentation.xml"]


def test_backup_is_the_deck_before_the_first_update_and_stays(project):
    backup, original = project / "talk.before-reportgen.pptx", (project / "original.pptx").read_bytes()
    assert backup.read_bytes() == original
    shutil.copy(project / "original.pptx", project / "talk.pptx")
    edit(project / "talk.pptx", "ppt/slides/slide4.xml", "Slide 4", "Slide IV")
    result = update_deck(project / "talk.pptx", options(project))
    assert (result.written, result.backup) == (True, None)
    assert backup.read_bytes() == original


def test_second_update_leaves_the_file_alone_and_check_agrees(project):
    deck = project / "talk.pptx"
    before = deck.stat()
    assert not update_deck(deck, options(project)).written
    after = deck.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [finding.state for finding in check_deck(deck, options(project)).findings] == ["current"] * 3


def test_same_deck_gives_the_same_bytes_in_another_process(updated, tmp_path, monkeypatch):
    monkeypatch.setattr("reportgen.line.session.Pool", Pool)
    again = Path(shutil.copytree(SMALL, tmp_path / "elsewhere"))
    shutil.copy(updated / "original.pptx", again / "talk.pptx")
    update_deck(again / "talk.pptx", options(again))
    assert (again / "talk.pptx").read_bytes() == (updated / "talk.pptx").read_bytes()


def test_changed_experiment_makes_its_figures_stale_and_only_they_change(project):
    experiment = project / "experiments/basics/coin.py"
    experiment.write_text(experiment.read_text().replace('style.color("ink")', 'style.color("accent")'))
    deck, before = project / "talk.pptx", parts(project / "talk.pptx")
    assert {finding.state for finding in check_deck(deck, options(project)).findings} == {"stale"}
    assert update_deck(deck, options(project)).written
    after = parts(deck)
    changed = {name for name in before if before[name] != after.get(name)}
    assert set(after) == set(before)
    assert all(name.startswith("ppt/media/reportgen_") for name in changed)


def test_check_measures_nothing(project):
    shutil.rmtree(project / ".reportgen")
    result = check_deck(project / "talk.pptx", options(project))
    assert {finding.state for finding in result.findings} == {"not measured"}


# --- mark, list, new ---


def test_mark_names_a_picture_and_update_fills_it(project):
    deck = project / "talk.pptx"
    mark_picture(deck, "4:Picture 2", "coin.share", BuildOptions(project=project, jobs=1))
    (shape,) = (shape for shape in read_deck(deck).shapes if shape.slide == 4)
    assert (shape.name, shape.figure) == ("fig:coin.share", "coin.share")
    update_deck(deck, options(project))
    assert "ppt/media/image1.png" not in parts(deck)  # nobody shows the red picture any more


@pytest.mark.parametrize(
    ("spec", "figure", "message"),
    [
        ("Picture", "coin.share", r"no picture 'Picture'\n  there are: 1:fig:coin.share, 2:Picture 2"),
        (
            "Picture 2",
            "coin.share",
            r"several pictures are called 'Picture 2'\n  say which: 2:Picture 2, 4:Pic",
        ),
        ("4:Title 1", "coin.share", "no picture '4:Title 1'"),
        ("mine", "coin.shares", r"no figure 'coin\.shares'\n  did you mean coin\.share"),
    ],
)
def test_mark_says_what_it_cannot_find(project, spec, figure, message):
    before = (project / "talk.pptx").read_bytes()
    with pytest.raises(ReportgenError, match=message):
        mark_picture(project / "talk.pptx", spec, figure, BuildOptions(project=project, jobs=1))
    assert (project / "talk.pptx").read_bytes() == before


@pytest.mark.parametrize("template", [None, "original.pptx"])
def test_new_deck_has_a_slide_for_every_claim(project, template):
    deck = project / "new.pptx"
    given = None if template is None else project / template
    new_deck(deck, options(project), template=given)
    first = deck.read_bytes()
    new_deck(deck, options(project), template=given, overwrite=True)
    assert deck.read_bytes() == first
    slides = list(pptx.Presentation(str(deck)).slides)
    titles = [slide.shapes.title.text for slide in slides]
    claims = ["The coin is fair.", "So the bet is fair.", "Dice give larger numbers than coins."]
    assert titles == ["A small lecture", *claims]
    notes = slides[1].notes_slide.notes_text_frame.text
    assert "X01 · Coins" in notes
    assert "share of heads: 0.51 [" in notes
    assert {finding.state for finding in check_deck(deck, options(project)).findings} == {"current"}
    with pytest.raises(ReportgenError, match="exists already"):
        new_deck(deck, options(project))


# --- decks that must stay as they are ---


def edit(path: Path, name: str, old: str, new: str) -> None:
    changed = parts(path)[name].replace(old.encode(), new.encode())
    out = io.BytesIO()
    rewrite(path, out, {name: changed})
    path.write_bytes(out.getvalue())


def damaged(deck: Path) -> None:
    deck.write_bytes(deck.read_bytes()[: deck.stat().st_size // 2])


def flipped(deck: Path) -> None:
    data = bytearray(deck.read_bytes())
    with zipfile.ZipFile(deck) as archive:
        place = archive.getinfo("ppt/slides/slide4.xml").header_offset + 80
    data[place] ^= 0xFF
    deck.write_bytes(data)


def encrypted(deck: Path) -> None:
    deck.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000))


def other_zip(deck: Path) -> None:
    with zipfile.ZipFile(deck, "w") as archive:
        archive.writestr("a.txt", "a")


def opened_by_powerpoint(deck: Path) -> None:
    (deck.parent / f"~${deck.name}").touch()


def opened_by_libreoffice(deck: Path) -> None:
    (deck.parent / f".~lock.{deck.name}#").touch()


def read_only(deck: Path) -> None:
    deck.chmod(0o444)


def gone(deck: Path) -> None:
    deck.unlink()


def not_marked(deck: Path) -> None:
    for number in (1, 2, 3):
        edit(deck, f"ppt/slides/slide{number}.xml", "fig:coin", "coin")
    edit(deck, "ppt/slides/slide2.xml", "reportgen:", "")


def unknown_id(deck: Path) -> None:
    edit(deck, "ppt/slides/slide1.xml", "fig:coin.share", "fig:coin.shape")


def no_size(deck: Path) -> None:
    edit(deck, "ppt/slides/slide1.xml", 'cx="7200000"', 'cx="0"')


def no_picture(deck: Path) -> None:
    edit(deck, "ppt/slides/slide4.xml", 'name="Title 1"', 'name="fig:coin.share"')


@pytest.mark.parametrize(
    ("spoil", "message", "code"),
    [
        (damaged, r"talk\.pptx: is damaged, or no \.pptx", 3),
        (flipped, r"talk\.pptx: is damaged", 3),
        (encrypted, r"talk\.pptx: is encrypted, or in the old \.ppt format", 3),
        (other_zip, r"talk\.pptx: is no \.pptx file", 3),
        (opened_by_powerpoint, r"talk\.pptx: is open in another program", 5),
        (opened_by_libreoffice, r"talk\.pptx: is open in another program", 5),
        (read_only, r"talk\.pptx: must not be written", 5),
        (gone, r"talk\.pptx: does not exist", 3),
        (not_marked, r"talk\.pptx: no picture is marked", 4),
        (unknown_id, r"talk\.pptx, slide 1, 'fig:coin\.shape': no figure .*\n  did you mean coin\.share", 4),
        (no_size, r"talk\.pptx, slide 1, 'fig:coin\.share': the picture has no size", 3),
        (no_picture, r"talk\.pptx, slide 4, 'fig:coin\.share': is no picture", 3),
    ],
)
def test_deck_that_cannot_be_updated_stays_as_it_was(project, spoil, message, code):
    deck = project / "talk.pptx"
    shutil.copy(project / "original.pptx", deck)
    (project / "talk.before-reportgen.pptx").unlink()
    spoil(deck)
    before = deck.read_bytes() if deck.exists() else None
    with pytest.raises(ReportgenError, match=message) as caught:
        update_deck(deck, options(project))
    assert caught.value.exit_code == code
    assert (deck.read_bytes() if deck.exists() else None) == before
    assert not [path for path in project.iterdir() if path.name.startswith((".talk-", "talk.before"))]


def test_broken_experiment_leaves_the_deck_as_it_was(project):
    deck = Path(shutil.copy(project / "original.pptx", project / "talk.pptx"))
    (project / "experiments/basics/coin.py").write_text("1 / 0\n")
    before = deck.read_bytes()
    result = update_deck(deck, options(project))
    assert {finding.state for finding in result.findings} == {"broken"}
    assert result.exit_code != 0
    assert deck.read_bytes() == before


def test_crash_while_writing_leaves_the_deck_as_it_was(project, monkeypatch):
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    deck = Path(shutil.copy(project / "original.pptx", project / "talk.pptx"))
    before = deck.read_bytes()
    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(ReportgenError, match="No space left on device"):
        update_deck(deck, options(project))
    assert deck.read_bytes() == before
    assert not list(project.glob(".talk-*"))


def test_mark_in_a_picture_is_read_back_and_taken_out():
    plain = png("red")
    once = marked(plain, {"figure": "a.b", "key": "1"})
    assert marked(once, {"figure": "가", "key": "2"}) != once
    assert read_mark(marked(once, {"figure": "가"})) == {"figure": "가"}
    assert unmarked(once) == plain
    assert Image.open(io.BytesIO(once)).getpixel((0, 0)) == (255, 0, 0)
    assert read_mark(plain) == read_mark(b"GIF89a") == read_mark(once[:30]) == {}


# --- LibreOffice ---

needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None and not os.environ.get("REPORTGEN_REQUIRE_ALL"),
    reason="LibreOffice is not installed",
)


def convert(path: Path, suffix: str) -> Path:
    """Let LibreOffice open a file and save it in another format."""
    out = path.parent / "converted"
    command = ["soffice", f"-env:UserInstallation={(path.parent / 'profile').as_uri()}", "--headless"]
    subprocess.run(
        [*command, "--convert-to", suffix, "--outdir", str(out), str(path)],
        check=True,
        capture_output=True,
        timeout=180,
        env={**os.environ, "HOME": str(path.parent)},
    )
    return out / f"{path.stem}.{suffix}"


@pytest.mark.slow
@needs_libreoffice
def test_deck_made_by_libreoffice_is_updated_and_opened_again(project):
    deck = convert(convert(project / "original.pptx", "odp"), "pptx")
    assert [shape.figure for shape in read_deck(deck).marked] == ["coin.share"] * 3
    before = pictures(deck)
    assert update_deck(deck, options(project)).written
    after = pictures(deck)
    assert {name: each["frame"] for name, each in after.items()} == {
        name: each["frame"] for name, each in before.items()
    }
    drawn = project / "drawn"
    drawn.mkdir()
    for name, source in (("before", project / "original.pptx"), ("after", deck)):
        pdf = convert(Path(shutil.copy(source, drawn / f"{name}.pptx")), "pdf")
        subprocess.run(["pdftoppm", "-r", "30", "-png", pdf, drawn / name], check=True)
    red = {name: is_red(sorted(drawn.glob(f"{name}-*.png"))) for name in ("before", "after")}
    assert red == {"before": [True] * 4, "after": [False, False, False, True]}


def is_red(pages: list[Path]) -> list[bool]:
    """Tell for every page whether the red picture is on it."""
    found = []
    for page in pages:
        colors = Image.open(page).convert("RGB").getcolors(1 << 24) or []
        found.append(sum(count for count, (r, g, b) in colors if r > 200 and g < 60 and b < 60) > 1000)
    return found
