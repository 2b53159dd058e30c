"""Makes faults on a real engine under load, and checks that the diagnosis names each, or says that it does not know."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from . import checks, faults, fluidscope, workload
from .__main__ import CACHE, free_port, say_machine
from .llama_server import LlamaServer
from .model import NAME, model_file
from .report import Report

# What a shared machine of two cores really does to an engine and a client, whatever else is done to them.
OF_THE_MACHINE = {"cpu_starvation", "vm_steal", "client_lag"}
MOST_WRONG_RATIO = 0.1
CLOSED_LOOP = ["--concurrency", "3", "--isl", "24", "--osl", "96", "--ignore-eos"]


@dataclass(frozen=True)
class Fault:
    name: str
    what: str
    # The causes that are right for it, beside `unknown`.
    causes: set[str]


NOTHING = Fault("none", "nothing is done", set())
PAUSES = Fault("paused", "SIGSTOP to the engine for 300 ms, at random every 2 s or so", {"runtime_gc"})
NEIGHBOURS = Fault("neighbours", "three busy loops on the engine's core, 3 s on and 3 s off", {"cpu_starvation"})
PROMPTS = Fault(
    "prompts", "every fourth request brings a long prompt", {"prefill_interference", "prefill_chunk_too_large"}
)
LOSS = Fault("loss", f"nftables drops {faults.LOST_PCT} % of the engine's packets", {"packet_loss"})
BLOCKED = Fault("blocked", "the client's event loop stands still for 400 ms in every 1.5 s", {"client_lag"})


@dataclass
class Session:
    report: Report
    work: Path
    seconds: int
    agent: str
    rows: list[list[str]]

    def under(
        self, fault: Fault, server: LlamaServer, *flags: str, env: dict[str, str] | None = None
    ) -> None:
        """Loads the server while the fault is made, and judges the diagnosis."""
        trace = self.work / f"fault-{fault.name}.duckdb"
        run = fluidscope.run(
            server.url,
            trace,
            *("--model", NAME, "--extra-body", json.dumps(checks.GREEDY), "--no-diagnosis"),
            *("--agent", self.agent, "--server-metrics", "auto", "--duration", f"{self.seconds}s"),
            *(flags or CLOSED_LOOP),
            env=env,
        )
        # What this engine just holds on this machine as it was then: slack would hide the fault, and a slow minute would be one.
        latency = run.summary["latency"]
        tbt_ms = 1.2 * latency["inter_chunk_time_ns"]["p50"] / 1e6
        ttft_ms = latency["ttft_ns"]["p90"] / 1e6
        deadlines = ["--tbt-deadline", f"{tbt_ms:.1f}ms", "--ttft-deadline", f"{ttft_ms:.0f}ms"]
        self._judge(fault, fluidscope.diagnose(trace, *deadlines), f"{ttft_ms:.0f} / {tbt_ms:.1f}")

    def _judge(self, fault: Fault, diagnosis: dict, deadlines_ms: str) -> None:
        findings = diagnosis["findings"]
        missed = diagnosis["missed_deadlines"]
        right = fault.causes | {"unknown"}
        wrong = sum(
            one["missed_ratio"] - one["masked_missed_deadlines"] / max(1, missed)
            for one in findings
            if one["cause"] not in right | OF_THE_MACHINE
        )
        said = ", ".join(f"{one['cause']} {one['missed_ratio']:.0%}" for one in findings) or "nothing"
        named = sum(one["missed_ratio"] for one in findings if one["cause"] in fault.causes)
        self.rows.append([fault.what, deadlines_ms, f"{missed} of {diagnosis['total_deadlines']}", said])
        if missed == 0 and fault.causes:
            self.report.note(f"{fault.name}: it cost no deadline, so there was nothing to tell.")
            return
        self.report.check(
            f"{fault.name}: named, or said to be unknown",
            wrong <= MOST_WRONG_RATIO,
            f"{missed} of {diagnosis['total_deadlines']} deadlines missed: {said}"
            + (f"; the fault named for {named:.0%}" if fault.causes else ""),
        )


def main() -> int:
    options = _options()
    work = CACHE / "run"
    work.mkdir(parents=True, exist_ok=True)
    report = Report()
    say_machine(report)
    model = model_file(CACHE)
    report.section("Faults made for real")
    with LlamaServer(model, NAME, work, free_port()) as server, fluidscope.Agent("--pid", str(server.pid)) as agent:
        session = Session(report, work, options.seconds, agent.url, [])
        _here(session, server)
    reason = faults.why_no_network()
    if reason is None:
        _through_a_cable(session, model)
    else:
        report.note(f"Not run with lost packets: {reason}.")
    report.table(
        ["done to the engine or the client", "deadlines, ms", "missed", "the diagnosis said"], session.rows
    )
    return 0 if report.finish(work / "faults.json") else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run test:real -- faults", description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="of load with each fault (default: 30)")
    return parser.parse_args()


def _here(session: Session, server: LlamaServer) -> None:
    session.under(NOTHING, server)
    with faults.paused_at_random(server.pid):
        session.under(PAUSES, server)
    with faults.neighbours_on_its_core():
        session.under(NEIGHBOURS, server)
    requests = workload.joining(count=400, every=4, long_words=500)
    dataset = workload.write_messages(session.work / "joining.jsonl", requests)
    session.under(PROMPTS, server, "--dataset", str(dataset), "--ignore-eos", "--concurrency", "3")
    env = {"NODE_OPTIONS": f"--import {faults.BLOCKING}"}
    session.under(BLOCKED, server, *CLOSED_LOOP, "--stamp-source", "user", env=env)


def _through_a_cable(session: Session, model: Path) -> None:
    with (
        faults.network_of_its_own() as within,
        LlamaServer(model, NAME, session.work, free_port(), faults.ENGINE_ADDRESS, within) as server,
        fluidscope.Agent("--pid", str(server.pid)) as agent,
        faults.packets_lost(within),
    ):
        session.agent = agent.url
        session.under(LOSS, server)


if __name__ == "__main__":
    sys.exit(main())
