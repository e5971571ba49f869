"""Tests of what runs inside Rasa: `.venv-rasa/bin/python -m pytest tests/rasa`."""

from importlib import metadata

try:
    metadata.version("rasa")
except metadata.PackageNotFoundError:
    # The other environment has no Rasa; what it would collect here could only fail to import.
    collect_ignore_glob = ["test_*.py"]
