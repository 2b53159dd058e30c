"""Collects what was checked and measured; prints it as Markdown and keeps it as JSON."""

import json
import math
import statistics
from pathlib import Path


class Report:
    def __init__(self) -> None:
        self.checks: list[dict] = []
        self.sections: list[str] = []

    def section(self, title: str) -> None:
        self._say(f"\n### {title}\n")

    def note(self, text: str) -> None:
        self._say(f"{text}\n")

    def check(self, name: str, passed: bool, seen: str) -> None:
        self.checks.append({"name": name, "passed": passed, "seen": seen})
        self._say(f"- {'PASS' if passed else 'FAIL'} {name}: {seen}")

    def table(self, header: list[str], rows: list[list[str]]) -> None:
        lines = [header, ["---"] * len(header), *rows]
        self._say("\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n")

    def finish(self, path: Path) -> bool:
        """Says how many checks passed; true when all did, and there were some."""
        failed = [check for check in self.checks if not check["passed"]]
        self._say(f"\n{len(self.checks) - len(failed)} passed, {len(failed)} failed")
        path.write_text(json.dumps({"checks": self.checks, "markdown": "\n".join(self.sections)}, indent=2))
        return bool(self.checks) and not failed

    def _say(self, text: str) -> None:
        self.sections.append(text)
        print(text, flush=True)


def quantile(values: list[float], share: float) -> float:
    """Linear between the two nearest values; NaN for none."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def spread(values: list[float], digits: int = 2) -> list[str]:
    """Smallest, median, 90 %, largest, as table cells."""
    return [f"{quantile(values, share):.{digits}f}" for share in (0, 0.5, 0.9, 1)]


def median(values: list[float]) -> float:
    return statistics.median(values) if values else math.nan
