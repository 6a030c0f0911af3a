#!/usr/bin/env python3
"""What it costs a model to remember: our models beside an LSTM and windowed attention.

    memory.py [--program PROGRAM] [--work FOLDER] [--write]

Runs memory_cost, which measures; `--write` writes docs/memory.md and its pictures, docs/memory.svg and
docs/memory-accuracy.svg. What has been measured is kept in the work folder and not measured again. What
memory_accuracy.py has found, in the folder accuracy/ there, is put beside it; without that the page is about cost alone.

Needs Python 3.11 and nothing else; some minutes.
"""

import argparse
import json
import math
import os
import platform
import subprocess
from pathlib import Path

from accuracy_beside_cost import Beside
from memory_pictures import NAMES, PER_FRAME, PER_SAMPLE, cost_picture

PROJECT = Path(__file__).resolve().parents[2]
OFFLINE_ATTENTION = "full attention, a token per 32 samples"


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


def crossing(points: list[tuple[float, float]], level: float) -> float | None:
    """Where a growing curve passes a level, on straight lines of the logarithms; None where it does not."""
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if y0 < level <= y1:
            return x0 * (x1 / x0) ** (math.log(level / y0) / math.log(y1 / y0))
    return None


def accuracy_section(beside: Beside) -> str:
    runs = beside.runs.values()
    longer = beside.longer()
    minutes = sorted({run["minutes"] for run in runs})
    used = [run["processor_minutes"] for run in runs if "processor_minutes" in run]
    largest = max((run["largest_difference_of_jax"] for run in runs if "largest_difference_of_jax" in run), default=0.0)
    more = ("\n\nHow far each still was from where it would end: the best ESR on the held-out tenth after a fifth of the time → after all of it. "
            + ". ".join(longer) + ". Where that is much, the training had not ended: these are figures of a short training, not what the models "
            "can reach. A GPU has not been tried; attention, which handles many tokens at once, should gain most from one." if longer else "")
    heads = ["device", "model", "learned values", "hears back", "minutes", "updates", "ESR, held out", "ESR, test", "ns per sample"]
    return f"""## Accuracy beside cost

The same sizes, trained: each model for {' or '.join(f"{m:g}" for m in minutes)} minutes of one core on the same audio of four devices, one seed each. ESR is the error-to-signal ratio on audio that was not trained on, without pre-emphasis, at the recordings' 44.1 kHz; ns are the medians of the table below, at 48 kHz.

![ESR against time per sample](memory-accuracy.svg)

Lower is closer, further left is cheaper.

{chr(10).join("- " + finding for finding in beside.findings(digits))}

{table(heads, beside.rows(digits))}

- **Audio.** TS9: the first 20 s train, the last 5 s test. JVM410H: clips 1 to 5 train, clip 8 tests. LA-2A: the first half of a clip of 10 s trains, the second tests. All take the recordings as they lie. A tenth of the training audio is held out to keep the best by (of ten tenths the one of median energy), and the test audio decided nothing.
- **States.** Every model starts at rest and hears 3 s of silence, then, on TS9 and LA-2A, the training part that precedes the test audio, which is not scored; *from rest* is the TS9's test part alone. *Hears back* is for 48 kHz, as in the table below; a window is as many tokens at any rate, so at 44.1 kHz it is 9 % longer.
- **LSTM.** Truncated backpropagation through time, as is usual (Wright et al. 2020): stretches of half a second from random places, 1024 samples of warm-up, updates every 512 samples, 16 stretches at once; on the LA-2A 2 s, half a second of warm-up, 1024 samples, 4 stretches. Its direct path begins as the best fixed gain.
- **Attention.** Batches of random windows, whose first tokens, as many as a layer looks back over, are not scored. The longest memory is trained on windows of 768 tokens for 70 % of the time. It begins as the best fixed gain, by way of the samples' cosine transform, with random weights in its layers.
- **Both** with plain ESR as the loss, Adam, a learning rate that rises over 3 % of the time and falls along half a cosine, the gradient limited to a norm of 1, and what is best on the held-out tenth kept. Learning rates were tried on each device for a fifth of the time each, a factor of two apart, until those on both sides of the best were worse on the held-out tenth (the LA-2A's shortest window shares the tries of the next). Taken were: {beside.rates()}. Their minutes are processor time without compiling, and the tries come on top.
- **Ours.** `continuo train --threads 1 --minutes M`, all else as it comes. Its minutes are the clock's{f", of which other work on the machine left it {min(used):.1f} to {max(used):.1f} of processor time: less than the others had" if used and max(used) < 0.95 * minutes[0] else ""}. An update is one of its optimiser's, which is another one, and says nothing beside theirs.
- **The same model.** The test audio is played by the code that was timed, with the trained weights (`play_comparator`). What is scored may differ from its plain loops in double by a millionth of the energy; in the silence before, an LSTM may never come to rest, and then no two kinds of arithmetic agree. JAX's output for 1.5 s of the audio differs from it by {largest:.0e} of the largest value at most. Where that is more than 32 bits explain, the script stops.

Equal minutes are not equal training: ours is a program that was made for its own models, while a general compiler takes the LSTM through its audio sample by sample. Time decides how many updates there are, so another run ends elsewhere. The published models in [accuracy.md](accuracy.md) and [compressors.md](compressors.md) are what others made of the same devices with the time and audio that they wanted.{more}

"""


def page(results: dict, beside: Beside) -> str:
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

    introduction = ("First what they cost, with random weights, because the time depends on the sizes only. Then how close they come to devices at "
                    "that cost, when each is trained for as long on the same audio." if beside.runs else
                    "This page is about cost alone. All weights are random, because the time depends on the sizes only; nothing was trained. How "
                    "close our models come to devices is in [accuracy.md](accuracy.md) and [compressors.md](compressors.md).")
    return f"""# What memory costs

Some devices remember: a compressor recovers over seconds, a power supply sags and comes back. What a model pays for hearing that far back depends on what kind of model it is. Here are ours beside two others that are used for audio effects: an LSTM and a Transformer with windowed attention.

{introduction}

![Time per sample against memory length](memory.svg)

{chr(10).join("- " + finding for finding in findings)}

{accuracy_section(beside) if beside.runs else ""}## Playing

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

The accuracies first, where they are to be on the page (about an hour of one core; JAX is for this benchmark alone):

    cmake --build --preset ci --target continuo play_comparator
    python3 -m venv .venv && .venv/bin/pip install numpy soundfile jax
    CONTINUO_AUDIO=FOLDER .venv/bin/python tests/benchmarks/memory_accuracy.py

The recordings are other people's and not part of this project; [accuracy.md](accuracy.md) and [compressors.md](compressors.md) say which they are.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=PROJECT / "build/ci/tests/benchmarks/memory_cost")
    parser.add_argument("--work", type=Path, default=PROJECT / "build/memory")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    results = measured(arguments.program, arguments.work)
    if arguments.write:
        beside = Beside(arguments.work / "accuracy" / "runs", results)
        (PROJECT / "docs/memory.md").write_text(page(results, beside))
        (PROJECT / "docs/memory.svg").write_text(cost_picture(results))
        if beside.runs:
            (PROJECT / "docs/memory-accuracy.svg").write_text(beside.picture())


if __name__ == "__main__":
    main()
