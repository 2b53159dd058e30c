"""Runs the examples of docs/trace-format.md on a trace: a document's query that fails is worse than none.

    python check_examples.py FOLDER

FOLDER has run.duckdb and run-parquet.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "trace-format.md"


def main(folder):
    blocks = re.findall(r"^```(sh|sql|python)\n(.*?)^```", DOCUMENT.read_text(encoding="utf8"), re.MULTILINE | re.DOTALL)
    for name in ("before", "after"):
        shutil.copy(folder / "run.duckdb", folder / f"{name}.duckdb")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    commands = {
        "sh": lambda text: ["sh", "-ec", text],
        "sql": lambda text: ["duckdb", "-readonly", "-bail", "-init", "/dev/null", "run.duckdb", text],
        "python": lambda text: [sys.executable, "-c", text],
    }
    failed = False
    for language, text in blocks:
        ran = subprocess.run(commands[language](text), cwd=folder, env=environment, capture_output=True, text=True)
        failed = failed or ran.returncode != 0
        print(f"{'runs  ' if ran.returncode == 0 else 'FAILED'}  {language:6}  {text.splitlines()[0]}")
        print(ran.stderr if ran.returncode != 0 else "", end="")
    return 1 if failed or not blocks else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
