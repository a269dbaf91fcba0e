"""Vikno's own settings, with the pages of tests.processes.pages."""

from vikno.settings import *  # noqa: F403

ROOT_URLCONF = "tests.processes.pages"
