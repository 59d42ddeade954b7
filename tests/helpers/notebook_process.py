"""Runs notebooks without a kernel, quickly: one process imports the engine, and a fork of it runs each notebook.

    python -m helpers.notebook_process

Reads one JSON request a line from standard input, `{"cells": [[source, [tags]], ...], "parameters": {...}, "folder":
..., "environment": {...}}`, and answers with one line that holds the outputs, as nbformat has them: streams, results
and errors. IPython is the one that a kernel uses, so that errors are shown as they are in JupyterLab.
"""

import json
import os
import sys

LOADED = ("oasis_helpers.view.explorer", "oasis_helpers.view.report", "oasis_helpers.training.trainer", "pandas")


def main():
    """Import what takes long, then fork for every request."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever is printed here must not look like an answer
    import importlib

    for name in LOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        answers.write(answer(json.loads(line)) + "\n")
        answers.flush()


def answer(request):
    """Run one request in a fork and return its outputs as a line of JSON."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)
        try:
            outputs = run(request)
        except BaseException as error:
            outputs = [{"output_type": "error", "ename": "Died", "evalue": repr(error), "traceback": [repr(error)]}]
        with os.fdopen(send, "w") as pipe:
            json.dump(outputs, pipe)
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    died = [{"output_type": "error", "ename": "Died", "evalue": f"exit status {status}", "traceback": []}]
    return text or json.dumps(died)


def run(request):
    """Run the cells one after the other until one fails; returns the outputs of all."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    errors = []

    class Shell(InteractiveShell):
        def _showtraceback(self, kind, error, lines):
            errors.append((kind.__name__, str(error), list(lines)))

    shell, outputs = Shell.instance(), []
    cells = [*request["cells"]]
    place = 1 + next((i for i, (_, tags) in enumerate(cells) if "parameters" in tags), -1)
    given = "\n".join(f"{name} = {value}" for name, value in request["parameters"].items())
    cells.insert(place, [given, []])
    for source, _ in cells:
        with capture_output() as caught:
            shell.run_cell(source)
        streams = (("stdout", caught.stdout), ("stderr", caught.stderr))
        outputs += [{"output_type": "stream", "name": name, "text": text} for name, text in streams if text]
        outputs += [
            {"output_type": "display_data", "data": {"text/plain": shown.data.get("text/plain", "")}}
            for shown in caught.outputs
        ]
        if errors:
            name, message, lines = errors[0]
            return [*outputs, {"output_type": "error", "ename": name, "evalue": message, "traceback": lines}]
    return outputs


if __name__ == "__main__":
    main()
