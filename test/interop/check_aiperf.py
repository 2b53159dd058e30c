"""Reads the files of `fluidscope export --format aiperf` by AIPerf's own models.

Usage: check_aiperf.py FOLDER, with a Python that has aiperf (test/real installs one into .cache/aiperf).
"""

import pathlib
import sys

try:
    from aiperf.common.models.export_models import JsonExportData
    from aiperf.common.models.record_models import MetricRecordInfo
except ImportError as error:
    print(f"not checked: this Python has no AIPerf ({error})")
    sys.exit(0)

folder = pathlib.Path(sys.argv[1])
summary = JsonExportData.model_validate_json((folder / "profile_export_aiperf.json").read_text())
with open(folder / "profile_export.jsonl") as lines:
    records = [MetricRecordInfo.model_validate_json(line) for line in lines]
answered = [record for record in records if record.error is None]
problems = []
if summary.request_count.avg != len(answered):
    problems.append(f"{summary.request_count.avg} requests in the summary, {len(answered)} in the records")
ttfts = sorted(record.metrics["time_to_first_token"].value for record in answered)
if ttfts and (summary.time_to_first_token.min, summary.time_to_first_token.max) != (ttfts[0], ttfts[-1]):
    problems.append("the summary's TTFT is not that of the records")
print(f"AIPerf reads {len(records)} records and their summary" if not problems else "\n".join(problems))
sys.exit(1 if problems else 0)
