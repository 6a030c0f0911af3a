#!/usr/bin/env python3
"""What it costs a model to remember: our models beside an LSTM and windowed attention.

    memory.py [--program PROGRAM] [--work FOLDER] [--write]

Runs memory_cost, which measures; `--write` writes docs/memory.md and its picture, docs/memory.svg. What has been
measured is kept in the work folder and not measured again.

Needs Python 3.11 and nothing else; some minutes.
"""

import argparse
import json
import math
import os
import platform
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PER_SAMPLE, PER_FRAME = "attention, a token per sample", "attention, a token per 32 samples"
OFFLINE_ATTENTION = "full attention, a token per 32 samples"
NAMES = {"stack": "Continuo, tier standard", "gain": "Continuo, gain model", "lstm": "LSTM, 24 units",
         PER_SAMPLE: "attention, a token per sample", PER_FRAME: "attention, a token per 32 samples"}


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.machine()
    return f"{name}, {os.cpu_count()} cores"


def measured(program: Path, work: Path) -> dict:
    path = work / "results.json"
    if not path.exists():
        if not program.exists():
            raise SystemExit(f"{program}: not there; build the target memory_cost, or name it with --program")
        work.mkdir(parents=True, exist_ok=True)
        partial = work / "partial.json"
        done = subprocess.run([program, partial])
        if done.returncode != 0:
            raise SystemExit(f"{program}: status {done.returncode}; its message is above")
        partial.write_text(json.dumps(json.loads(partial.read_text()) | {"processor": processor()}, indent=1))
        partial.rename(path)
    return json.loads(path.read_text())


def digits(value: float) -> str:
    """To three digits, from 1000 on to two; thousands apart."""
    places = 1 - math.floor(math.log10(value)) + (value < 1000)
    rounded = round(value, places)
    return f"{rounded:,.{max(places, 0)}f}".replace(",", " ")


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


class Plot:
    """Seconds of memory against ns per sample, both logarithmic."""

    left, right, top, bottom = 84, 560, 28, 400  # of the frame, in pixels
    low, high = (0.01, 10.0), (10.0, 1e7)  # of the axes: seconds, ns

    def x(self, seconds: float) -> float:
        return self.left + math.log(seconds / self.low[0]) / math.log(self.low[1] / self.low[0]) * (self.right - self.left)

    def y(self, nanoseconds: float) -> float:
        part = math.log(nanoseconds / self.high[0]) / math.log(self.high[1] / self.high[0])
        return self.bottom - part * (self.bottom - self.top)

    def grid(self) -> list[str]:
        parts = []
        for power in range(-2, 2):
            x = self.x(10.0 ** power)
            parts += [f'<path class="grid" d="M{x:.1f} {self.top}V{self.bottom}"/>',
                      f'<text class="tick" x="{x:.1f}" y="{self.bottom + 18}" text-anchor="middle">{10.0 ** power:g} s</text>']
        names = {1: "10 ns", 2: "100 ns", 3: "1 µs", 4: "10 µs", 5: "100 µs", 6: "1 ms", 7: "10 ms"}
        for power, name in names.items():
            y = self.y(10.0 ** power)
            parts += [f'<path class="grid" d="M{self.left} {y:.1f}H{self.right}"/>',
                      f'<text class="tick" x="{self.left - 8}" y="{y + 4:.1f}" text-anchor="end">{name}</text>']
        middle = (self.top + self.bottom) / 2
        parts += [f'<text x="{(self.left + self.right) / 2}" y="{self.bottom + 40}" text-anchor="middle">how far back the model hears</text>',
                  f'<text transform="translate(20 {middle}) rotate(-90)" text-anchor="middle">time per sample</text>']
        return parts

    def level(self, nanoseconds: float, kind: str, name: str, shift: float) -> list[str]:
        y = self.y(nanoseconds)
        return [f'<path class="line {kind}" d="M{self.left} {y:.1f}H{self.right}"/>',
                f'<text class="name {kind}" x="{self.right + 8}" y="{y + shift:.1f}">{name}</text>']

    def curve(self, points: list[tuple[float, float]], kind: str, lines: list[str]) -> list[str]:
        places = [(self.x(seconds), self.y(nanoseconds)) for seconds, nanoseconds in points]
        parts = [f'<polyline class="line {kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>']
        parts += [f'<circle class="dot {kind}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in places]
        x, y = self.right + 8, places[-1][1]
        return parts + [f'<text class="name {kind}" x="{x}" y="{y + 4 + 15 * i:.1f}">{line}</text>' for i, line in enumerate(lines)]


def picture(results: dict) -> str:
    rows = {name: [row for row in results["streaming"] if row["model"] == name] for name in NAMES}

    def points(name: str) -> list[tuple[float, float]]:
        return [(row["memory_s"], row["ns_per_sample"]) for row in rows[name]]

    plot = Plot()
    real_time = 1e9 / results["sample_rate"]
    parts = plot.grid()
    parts += plot.level(real_time, "limit", "real time on one core", 4)
    parts += plot.level(rows["lstm"][0]["ns_per_sample"], "lstm", NAMES["lstm"], -2)
    parts += plot.level(rows["stack"][0]["ns_per_sample"], "ours", NAMES["stack"], 12)
    parts += plot.level(rows["gain"][0]["ns_per_sample"], "ours", NAMES["gain"], 4)
    parts += plot.curve(points(PER_SAMPLE), "sample", ["attention,", "a token per sample"])
    parts += plot.curve(points(PER_FRAME), "frame", ["attention,", "a token per 32 samples"])
    body = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 740 456" width="740" height="456" role="img" aria-label="Time per sample against memory length: attention grows, Continuo and the LSTM stay level">
<style>
svg {{ --paper: #ffffff; --ink: #24292f; --faint: #d8dee4; --ours: #0b62c4; --lstm: #8a5a00; --sample: #b3261e; --frame: #7a3fb0; }}
@media (prefers-color-scheme: dark) {{
  svg {{ --paper: #0d1117; --ink: #d5dbe2; --faint: #2d343c; --ours: #6cb2ff; --lstm: #e0a94a; --sample: #ff8a80; --frame: #c79bf2; }}
}}
text {{ font: 13px system-ui, "DejaVu Sans", sans-serif; fill: var(--ink); }}
.paper {{ fill: var(--paper); }}
.grid {{ stroke: var(--faint); }}
.tick {{ font-size: 12px; }}
.line {{ fill: none; stroke-width: 2.2; }}
.ours {{ stroke: var(--ours); }} .lstm {{ stroke: var(--lstm); }} .sample {{ stroke: var(--sample); }} .frame {{ stroke: var(--frame); }}
.limit {{ stroke: var(--ink); }} .line.limit {{ stroke-width: 1.2; stroke-dasharray: 5 4; }}
.name {{ stroke: none; }}
.name.ours, .dot.ours {{ fill: var(--ours); }} .name.lstm {{ fill: var(--lstm); }}
.name.sample, .dot.sample {{ fill: var(--sample); }} .name.frame, .dot.frame {{ fill: var(--frame); }}
</style>
<rect class="paper" width="740" height="456"/>
{body}
</svg>
"""


def crossing(points: list[tuple[float, float]], level: float) -> float | None:
    """Where a growing curve passes a level, on straight lines of the logarithms; None where it does not."""
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if y0 < level <= y1:
            return x0 * (x1 / x0) ** (math.log(level / y0) / math.log(y1 / y0))
    return None


def page(results: dict) -> str:
    streaming, offline = results["streaming"], results["offline"]
    ns = {row["model"]: row["ns_per_sample"] for row in streaming if row["memory_s"] is None}
    curves = {name: [(row["memory_s"], row["ns_per_sample"]) for row in streaming if row["model"] == name]
              for name in (PER_SAMPLE, PER_FRAME)}
    level, limit = crossing(curves[PER_FRAME], ns["stack"]), crossing(curves[PER_SAMPLE], 1e9 / results["sample_rate"])
    findings = ["The cost of a state-space model and of an LSTM does not depend on how far back they hear: what has been is in "
                "a state of fixed size. That of attention grows at least in proportion as soon as its window is what it spends its time on."]
    if level:
        findings.append(f"In tokens of 32 samples attention costs less than a standard model while it hears back less than about "
                        f"{level:.1g} s, and more beyond; its sound comes out a token later ({1e3 * 32 / results['sample_rate']:.2f} ms), which theirs does not.")
    if limit:
        findings.append(f"With a token per sample, without latency, as the other three play, it is slower than real time on one core "
                        f"from about {limit:.1g} s on.")
    rows = [[NAMES[row["model"]], f"{row['parameters']:,}".replace(",", " "),
             "no end" if row["memory_s"] is None else f"{row['memory_s']:.2g} s", digits(row["ns_per_sample"]),
             digits(row["ns_per_sample_minimum"]), digits(row["times_stack"])] for row in streaming]
    offline_rows = [[f"{row['seconds']:g} s"] + [f"{digits(row['times'][name])} s" for name in ("stack", "lstm", OFFLINE_ATTENTION)]
                    for row in offline]
    first, last = offline[0], offline[-1]

    def growth(name: str) -> str:
        return digits(last["times"][name] / first["times"][name])

    return f"""# What memory costs

Some devices remember: a compressor recovers over seconds, a power supply sags and comes back. What a model pays for hearing that far back depends on what kind of model it is. Here are ours beside two others that are used for audio effects: an LSTM and a Transformer with windowed attention.

This page is about cost alone. All weights are random, because the time depends on the sizes only; nothing was trained, and nothing here says how close any of them comes to a device. That is in [accuracy.md](accuracy.md) and [compressors.md](compressors.md).

![Time per sample against memory length](memory.svg)

{chr(10).join("- " + finding for finding in findings)}

## Playing

Mono at {results['sample_rate'] / 1000:g} kHz in blocks of {results['block']} samples, one core, {results['instruction_set'].upper()} for all; ns of processor time per sample. *Hears back* says how old a sample can be and still be heard in the output; *no end* means that the state decays as slowly as was learned, at the same cost. × standard is the median of the ratios within each repetition.

{table(["model", "learned values", "hears back", "median", "fastest", "× standard"], rows)}

## A whole recording

Seconds of processor time for a recording that is played from its beginning, where attention looks back over all of it. From {first['seconds']:g} s to {last['seconds']:g} s of audio the standard model takes {growth("stack")} times as long, the LSTM {growth("lstm")} times, attention {growth(OFFLINE_ATTENTION)} times. It runs through the same code as above, a token after the other; handling many at once, which a file permits, would save attention a factor and leave the growth.

{table(["recording", NAMES["stack"], NAMES["lstm"], "attention over all of it, a token per 32 samples"], offline_rows)}

## What was compared

- **Continuo**: `StreamingStack`, tier standard, and `StreamingGain`, as the plug-in runs them, without oversampling.
- **LSTM**: one layer of 24 units and a direct path. The gates' sums stay in registers, and its tanh and sigmoid are the rational function that our models use.
- **Attention**: two layers of width 32, two heads, a feed-forward part of 64 units, and a bias on age for position, which costs the least. Keys and values are kept in a ring, so that nothing is computed twice, and lie in memory so that registers hold neighbours. The second layer hears through the first, so each has half of the memory for a window. Tokens of 32 samples are the fairer case to attention, because they make windows 32 times shorter and are computed 32 times less often; a token per sample is the case that has no latency either.

Each is compared with its equations in double and plain loops before it is timed, and the program stops where they differ. Measured on {results['processor']}, while other work ran on the same machine: all models take their turns within each repetition ({results['repetitions']} of them, {results['offline_repetitions']} for whole recordings), and the figures are medians. Such company still takes caches and memory from the one being timed, so ratios say more than times, and the fastest turn is what a quiet machine comes close to.

## Doing it again

    cmake --preset ci && cmake --build --preset ci --target memory_cost
    python3 tests/benchmarks/memory.py --write
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=PROJECT / "build/ci/tests/benchmarks/memory_cost")
    parser.add_argument("--work", type=Path, default=PROJECT / "build/memory")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    results = measured(arguments.program, arguments.work)
    if arguments.write:
        (PROJECT / "docs/memory.md").write_text(page(results))
        (PROJECT / "docs/memory.svg").write_text(picture(results))


if __name__ == "__main__":
    main()
