"""Executes a notebook in its own folder: execute_notebook.py NOTEBOOK EXECUTED

Writes it with all outputs up to the end, or up to the cell that failed; exit code 1 tells of one.
"""
import pathlib
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

source, executed = map(pathlib.Path, sys.argv[1:])
notebook = nbformat.read(source, as_version=4)
client = NotebookClient(notebook, timeout=None, resources={"metadata": {"path": str(source.parent)}})
try:
    client.execute()
except CellExecutionError:
    sys.exit(1)  # what the cell says stands in its outputs
finally:
    nbformat.write(notebook, executed)
