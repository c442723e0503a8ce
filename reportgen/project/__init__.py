"""Projects: their folders, lectures and experiments, found, loaded and checked before anything runs."""

from reportgen.project.failures import short_traceback
from reportgen.project.folders import ExperimentFile, Project, builtin_root, find_project, template_folders
from reportgen.project.lecture import Lecture, Term, chapter_file, load_lecture
from reportgen.project.links import Links, check_links, check_translations, find_links
from reportgen.project.loading import load_experiment

__all__ = [
    "ExperimentFile",
    "Lecture",
    "Links",
    "Project",
    "Term",
    "builtin_root",
    "chapter_file",
    "check_links",
    "check_translations",
    "find_links",
    "find_project",
    "load_experiment",
    "load_lecture",
    "short_traceback",
    "template_folders",
]
