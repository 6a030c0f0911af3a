#!/usr/bin/env python3
"""What the scan, the selective scan, what they are compared with, and a training step take on a GPU at least, from their
compiled kernels, beside what was measured.

    scan_bounds.py [--write] [--scan-speed FILE]... [--program SCAN_SPEED] [--repetitions N] [--work FOLDER]

Compiles the kernels for a GPU of compute capability 9.0, disassembles them, counts what a thread carries out at least, checks
that count against what the algorithm must do, and divides by what the hardware can do at most. Needs nvcc and nvdisasm (both
of the CUDA Toolkit; nvdisasm alone: pip install nvidia-cuda-nvdisasm), and no GPU. gpu_bounds/ says how, hardware.py there
with which figures, algorithms.py of which kernels; a new one is added there.

Times on a GPU come from what `scan_speed --json FILE` wrote on one: give it with --scan-speed, more than once for several
GPUs. Without, it is the run on an H200 that lies beside this script. Times on the processor are measured: scan_speed runs
once for each instruction set that the processor has, and what it wrote stays in the work folder and is not measured again.
--write writes docs/scan.md. What it prints of training is in docs/parallel.md.
"""
import argparse
import json
import math
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.path.append(str(HERE / "gpu_bounds"))
import compile as compiler  # noqa: E402
import hardware  # noqa: E402
from algorithms import ALGORITHMS  # noqa: E402
from bounds import Bound, bound  # noqa: E402
from kernels import LONGEST_RESPONSE, RATE, SHAPES, Shape  # noqa: E402
from training_kernels import INCLUDES as TRAINING_INCLUDES  # noqa: E402
from training_kernels import STEPS, training_step  # noqa: E402

INSTRUCTION_SETS = ["sse2", "avx2", "avx512", "neon"]
CPU_MODES = 16


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--scan-speed", type=Path, action="append")
    parser.add_argument("--program", type=Path, default=PROJECT / "build/ci/tests/benchmarks/scan_speed")
    parser.add_argument("--repetitions", type=int, default=21)
    parser.add_argument("--work", type=Path, default=PROJECT / "build/scan_bounds")
    return parser.parse_args()


def all_bounds(work: Path) -> tuple[dict[tuple[str, str], list[Bound]], dict[str, list[Bound]], list[str]]:
    """By shape and algorithm; of training steps; and what was checked."""
    sets = {(name, each.name): (shape, each.kernels(shape)) for name, shape in SHAPES.items() for each in ALGORITHMS}
    sets |= {("training", name): (step, training_step(step)) for name, step in STEPS.items()}
    bodies: dict[str, dict[str, str]] = {}
    for kernel in (kernel for _, kernels in sets.values() for kernel in kernels):
        bodies[kernel.body] = bodies.get(kernel.body, {}) | kernel.constants
    includes = list(dict.fromkeys([name for each in ALGORITHMS for name in each.includes] + TRAINING_INCLUDES))
    compiled = compiler.compile_bodies(bodies, includes, work)
    result, checks = {}, []
    for key, (shape, kernels) in sets.items():
        pairs = [bound(kernel, compiled[kernel.body], shape) for kernel in kernels]
        result[key] = [pair[0] for pair in pairs]
        checks += [f"{key[0]}: {line}" for pair in pairs for line in pair[1]]
    return result, {name: result.pop(("training", name)) for name in STEPS}, checks


def training_lines(bounds: dict[str, list[Bound]]) -> str:
    """What steps of training take at least, kernel by kernel and in all. No memory is counted, so every GPU is alike."""
    gpu, lines = hardware.GPUS["H200"], []
    for name, parts in bounds.items():
        step = STEPS[name]
        for part in parts:
            least, unit = part.least(gpu)
            lines.append(f"training, {name}, {part.kernel.name}, {part.kernel.launches} times: at least "
                         f"{1e-6 * least * step.samples:.2f} µs of a step, {least:.1f} ps for a sample ({unit})")
        total = sum(part.least(gpu)[0] for part in parts)
        lines.append(f"training, {name}, a step of {step.sequences} sequences of {step.scored} samples on an H100 or H200: at "
                     f"least {1e-6 * total * step.samples:.0f} µs, {total:.0f} ps for a sample: {1e6 / total:.0f} million "
                     f"samples/s at most; {sum(part.kernel.launches for part in parts)} kernels one after the other")
    return "\n".join(lines)


def read_times(path: Path) -> dict:
    """What scan_speed wrote on a GPU."""
    try:
        times = json.loads(path.read_text())
        rows = times["rows"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        sys.exit(f"{path}: not what scan_speed --json writes ({problem}); run it on a machine with a GPU and give its file")
    if not times["device"] or not any(row["back_end"].startswith("CUDA") for row in rows):
        sys.exit(f"{path}: has no times of a GPU; run scan_speed --json on a machine that has one")
    return times


def time_of(times: dict, back_end: str, direction: str, shape: Shape) -> dict | None:
    return next((row for row in times["rows"] if row["back_end"] == back_end and row["direction"] == direction
                 and (row["batch"], row["channels"], row["frames"], row["modes"])
                 == (shape.batch, shape.channels, shape.frames, shape.modes)), None)


def cpu_times(arguments: argparse.Namespace) -> list[dict]:
    """Rows of scan_speed at CPU_MODES modes, for each instruction set that this processor has."""
    if not arguments.program.exists():
        sys.exit(f"{arguments.program}: not there; build the target scan_speed, or name it with --program")
    rows: list[dict] = []
    for name in INSTRUCTION_SETS:
        path, probe = arguments.work / f"cpu_{name}.json", arguments.work / "probe.json"

        def scan_speed(file: Path, *options: str) -> list[dict]:
            subprocess.run([arguments.program, "--json", file, *options], check=True, stdout=subprocess.DEVNULL,
                           env=os.environ | {"CONTINUO_ISA": name, "CUDA_VISIBLE_DEVICES": ""})
            return json.loads(file.read_text())["rows"]

        if not path.exists():
            # A set that the processor lacks is passed over for one that it has.
            if not any(row["back_end"] == f"CPU chunks, {name}" for row in scan_speed(probe, "--quick", "--repetitions", "1")):
                continue
            print(f"scan_speed on this processor with {name}", flush=True)
            scan_speed(path, "--repetitions", str(arguments.repetitions))
        # The recurrence, which has one set, from the run of the chunks of that set.
        rows += [row for row in json.loads(path.read_text())["rows"]
                 if row["modes"] == CPU_MODES and row["back_end"].startswith("CPU") and row["back_end"].endswith(f", {name}")]
    return rows


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown"


def number(value: float) -> str:
    """Three digits, and not more than two after the point."""
    text = f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return text.replace("-", "−")


def decibels(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.1f} dB".replace("-", "−")


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def binding(parts: list[Bound], gpu: hardware.Gpu) -> str:
    """What bounds the kernel that takes longest."""
    longest = max(parts, key=lambda part: part.least(gpu)[0])
    unit = longest.least(gpu)[1]
    return unit if len(parts) == 1 else f"{longest.kernel.name}: {unit}"


def time_rows(bounds: dict, measured: list[dict]) -> list[list[str]]:
    rows = []
    for shape_name, shape in SHAPES.items():
        for each in ALGORITHMS:
            parts = bounds[shape_name, each.name]
            least = {name: sum(part.least(gpu)[0] for part in parts) for name, gpu in hardware.GPUS.items()}
            carried = sum(part.bytes for part in parts)
            found = [(times, time_of(times, each.back_end, each.direction, shape)) for times in measured]
            found = [(times, row) for times, row in found if row]
            rows.append([
                shape_name, each.direction, each.name,
                "; ".join(f"**{number(row['ps_per_sample_channel'])}** ({times['device']})" for times, row in found)
                or "not measured",
                "; ".join(f"{100e12 * carried / times['datasheet_bandwidth'] / row['ps_per_sample_channel']:.0f} %"
                          for times, row in found if times.get("datasheet_bandwidth")),
                "; ".join(decibels(row.get("error_db")) for _, row in found),
                number(carried), *(f"≥ {number(least[name])}" for name in hardware.GPUS), binding(parts, hardware.GPUS["H200"])])
        known = {(each.back_end, each.direction) for each in ALGORITHMS}
        rows += [[shape_name, row["direction"], row["back_end"].removeprefix("CUDA, "),
                  f"**{number(row['ps_per_sample_channel'])}** ({times['device']})", "", decibels(row.get("error_db")),
                  "", *("" for _ in hardware.GPUS), ""]
                 for times in measured for row in times["rows"]
                 if row["direction"] in ("forward", "backward") and (row["back_end"], row["direction"]) not in known
                 and row["back_end"].startswith("CUDA") and time_of(times, row["back_end"], row["direction"], shape) is row]
    return rows


def unit_rows(bounds: dict, shape_name: str, measured: list[dict]) -> list[list[str]]:
    shape, gpu = SHAPES[shape_name], hardware.GPUS["H200"]
    rows = []
    for each in ALGORITHMS:
        for part in bounds[shape_name, each.name]:
            found = [(times, time_of(times, each.back_end, part.kernel.phase or "", shape)) for times in measured]
            unit_times = [part.units.get(unit, 0.0) for unit in hardware.UNITS]
            least = part.least(gpu)[0]
            rows.append([f"{each.name}: {part.kernel.name}",
                         *(f"**{number(value)}**" if value == least else number(value)
                           for value in [*unit_times, part.memory(gpu)]),
                         "; ".join(f"{number(row['ps_per_sample_channel'])}" for _, row in found if row)])
    return rows


def resource_rows(bounds: dict) -> list[list[str]]:
    rows, seen = [], set()
    for (_, algorithm), parts in bounds.items():
        for part in parts:
            compiled, body = part.compiled, part.kernel.body.replace("scan_speed::", "")
            threads = compiled.constants["threads"]
            if body in seen:
                continue
            seen.add(body)
            rows.append([f"`{body}`", f"{algorithm}: {part.kernel.name}", str(threads), str(compiled.registers),
                         str(compiled.spill_bytes), f"{4 * compiled.constants['shared_floats'] / 1024:.1f} KB",
                         f"{part.occupancy} of {threads // 32} warps",
                         ", ".join(f"{round(turns, 1):g}" for _, _, turns in part.trips) or "none",
                         f"{sum(part.per_thread.values()):,.0f}".replace(",", " ")])
    return rows


def cpu_rows(rows: list[dict]) -> list[list[str]]:
    return [[row["back_end"].removeprefix("CPU "), row["direction"], number(1e6 / row["ps_per_sample_channel"]),
             number(1e6 / row["ps_per_sample_channel_minimum"]), decibels(row.get("error_db"))] for row in rows]


def beside_measured(bounds: dict, measured: list[dict]) -> str:
    """How far measured times are above their bounds, kernel by kernel. Ends the program where one is below."""
    lines = []
    for times in measured:
        for shape_name, shape in SHAPES.items():
            for each in ALGORITHMS:
                parts = bounds[shape_name, each.name]
                gpu = next((gpu for name, gpu in hardware.GPUS.items() if name in times["device"]), None)
                if gpu is None:
                    continue
                pairs = [(each.direction, sum(part.least(gpu)[0] for part in parts))]
                phases = dict.fromkeys(part.kernel.phase for part in parts if part.kernel.phase)
                pairs += [(phase, sum(part.least(gpu)[0] for part in parts if part.kernel.phase == phase)) for phase in phases]
                for direction, least in pairs:
                    row = time_of(times, each.back_end, direction, shape)
                    if row is None:
                        continue
                    found = row["ps_per_sample_channel"]
                    lines.append(f"{times['device']}, {shape_name}, {each.name}, {direction}: measured {number(found)} ps, "
                                 f"bound {number(least)} ps, {found / least:.1f} times")
                    if found < least:
                        sys.exit(f"{lines[-1]}: faster than it can be; a figure in gpu_bounds/ is wrong")
    return "\n".join(lines)


SELECTIVE = """## The selective scan

In S6, the layer of Mamba (Gu and Dao 2023), the signal decides the speed: for every channel N real modes with A < 0, and B, C [time][mode] that all channels share,

    x ← exp(Δ A) x + (1 − exp(Δ A)) B u,  y = Σ C x

The contract, and the definition in double, are in `models/parallel/scan/selective/`.

- **Forwards** a row is cut into segments of 256 samples. One thread runs each from x = 0, all modes in its registers, and leaves where they end, and ΣΔ. The fold is in double: a segment multiplies a state by exp(A ΣΔ), exactly. 32 segments make a run, one thread to each mode and run; then the runs; then each run again, so that one long row keeps the whole GPU busy. Last, each segment runs again from where it begins, and gives the output. The exponential is our own, in fused operations: the same bits on the host.
- **Backwards** one walk over each segment finds its states and, since what a chunk of 16 samples adds to the adjoint before it is a sum that can be taken forwards, its adjoints: one exponential serves both. A state and an adjoint are kept for every chunk. Two folds, left to right and right to left; then every chunk has its true state and adjoint without waiting for another, and a thread takes one mode of a chunk forwards, with 16 steps in registers, and back. That is the second exponential of each sample and mode, and the last: as many as forwards. Nothing is divided by a decay, so a state that is forgotten within a sample does no harm. No sum is atomic: dB and dC are added up by the thread that holds them, channel after channel, dA in at most 128 parts that the shape alone decides.

Arithmetic is what bounds every kernel that walks through the samples, not memory (below): an exponential is 16 instructions, most of what a step of a mode takes. Fewer or cheaper ones would pay; fewer bytes would not.

Accuracy of the kernels on threads of the host against double, time constants from 0.1 ms to 60 s at 192 kHz, 1 to 16 modes, the worst of all shapes: forwards −141 dB; backwards the derivatives by u, Δ, B and C −134.9 dB, by A, a sum that nearly cancels, −131.6 dB.

    build/ci/tests/parallel/parallel_tests "*selective scan on threads*" -s
"""


def page(bounds: dict, measured: list[dict], cpu: list[dict], repetitions: int) -> str:
    longest, shortest = SHAPES
    algorithms = "\n".join(f"- {text}" for text in [
        "**Three phases** ([parallel.md](parallel.md)): time is cut into segments; where each ends if it begins at zero, all at "
        "once; a fold over the segments in double; then the output, all at once. Inside a segment the work is matrix products "
        "on tensor cores, in chunks of 64 samples, three products of TF32 for one of FP32. It reads the signal twice: 12 bytes "
        "for each sample and channel.",
        "**Three phases backwards**, from the output's gradient dy to those of the input, the poles and the readout: where "
        "segments of u end if they begin at zero, with a state kept for every 4096 samples, and where segments of dy end, with "
        "time reversed; two folds in double, left to right for states, right to left for adjoints; then every segment from its "
        "last tile to its first, all at once. du is the forward scan with time reversed and takes the same tables. The model's "
        "gradients are sums over chunks of 64 samples: with s the state before a chunk and q the adjoint behind it, "
        "Σ dy z = λ Q s + Σ λʲ Rⱼ, and the like for λ (`reduce_scan_sums.h`), where Q is made from dy as the states are from u, "
        "and Rⱼ, the correlation of dy and u within chunks at the lags 0 to 63, on tensor cores too. A segment leaves 64 + 4 N "
        "sums in double, which a last kernel adds in a fixed order: no sum is atomic, and the bits are the same on every run. "
        "It reads both signals twice: 20 bytes. Tests hold du to −130 dB of the definition in double, the model's gradients, "
        "sums that nearly cancel, to −100 dB (`tests/parallel/scan.cpp`).",
        "**Block scan**, after Mamba's kernel (Gu and Dao 2023, section 3.3): one block of threads for each row of the signal, "
        "which it walks through in chunks of 2048 samples; in a chunk, mode after mode, CUB's `BlockScan` over the pairs of "
        "decay and value, with states in registers only. Reads the signal once. Written anew from the paper, for "
        "poles that are fixed: no decay is read or exponentiated for a sample, as it would be there. It needs as many rows as the GPU has places for blocks: 16 rows occupy "
        f"16 of {hardware.MULTIPROCESSORS} multiprocessors.",
        "**FFT convolution**: the impulse response is made once, its spectrum too, and the signal goes through overlap-save "
        "with transforms of 2²² (10 minutes) or 2¹⁸ numbers (2 s), two blocks of time to a complex transform, in three kernels "
        "of our own (Bailey's four steps, radix 8). No cuFFT. The response is cut where its slowest mode, 0.1 Hz, is below "
        f"2⁻²⁵, after {LONGEST_RESPONSE / RATE:.0f} s. It gives no final state, which a stream would need.",
    ])
    devices = ", ".join(times["device"] for times in measured)
    notes = "".join(f" {times['device']}: measured {times['note']}." for times in measured if "note" in times)
    lines = beside_measured(bounds, measured).splitlines()
    compared = "\n".join(["Bounds beside what was measured, which they must lie below:", "",
                          *(f"- {line}." for line in lines), "", ""]) if lines else ""
    return f"""# The scan: time beside what the hardware allows

The linear layer alone, for every channel N complex modes with fixed poles, driven by one signal:

    z ← λ z + u,  y = Re Σ C' z

It is what a layer remembers with, and what a GPU does badly sample after sample. The contract is `models/parallel/scan/scan.h`. Here are three ways of doing it on a GPU, one of them backwards as well, and beside them the selective scan, at N = 16 and 16 channels, for one file of 10 minutes and for 32 clips of 2 s, both at 48 kHz, from the GPU's memory to the GPU's memory; and below them the processor.

{algorithms}

## Time on a GPU

Picoseconds for each sample and channel. **Bold: measured** ({devices}). Everything with ≥ is a **bound**, computed from the compiled kernels, and no measurement: no GPU runs them in less, and how much more it takes is not known until somebody measures. *Bytes* is what a form's kernels carry to and from the GPU's memory for each sample and channel, *of the floor* the part that moving them at the datasheet's bandwidth is of the measured time.{notes}

{table(["signal", "direction", "form", "measured, ps", "of the floor", "error", "bytes", *(f"bound, {name}, ps" for name in hardware.GPUS), "the longest kernel's bound"], time_rows(bounds, measured))}

The floor of memory itself: 12 bytes are {12e12 / 3.35e12:.2f} ps on an H100 (3.35 TB/s) and {12e12 / 4.8e12:.2f} ps on an H200 (4.8 TB/s), 8 bytes {8e12 / 3.35e12:.2f} and {8e12 / 4.8e12:.2f}; backwards, where u and dy are read and du is written, 12 bytes are the least that there can be. S6 is the selective scan. Error: of the last row, relative to the scan in double.

{compared}{"So a bound" if compared else "A bound"} orders forms that differ by several times, and does not say what a kernel takes: it knows nothing of latency, of barriers, of conflicts and of how stores are put together. It adds the kernels of a form, since each waits for the one before.

{SELECTIVE}
## Where the bounds come from

The kernels are compiled for compute capability 9.0 with nvcc {compiler.release()}, as the benchmark is, and disassembled. In the flow graph of each, the way that does the kernel's work with the fewest instructions is counted, loops by how often they run; what can be skipped (ragged ends, loading tables) counts nothing. The count is checked: as many products on tensor cores, bytes read and bytes written as the algorithm must have, or the script stops. Then each unit's share, in picoseconds for each sample and channel, for *{longest}* on an H200 at its highest clock, {hardware.CLOCK / 1e9:.2f} GHz; bold is the largest, the bound.

{table(["kernel", *hardware.UNITS, "memory", "measured"], unit_rows(bounds, longest, measured))}

And for *{shortest}*:

{table(["kernel", *hardware.UNITS, "memory", "measured"], unit_rows(bounds, shortest, measured))}

{"; ".join(f"*{unit}*: {text}" for unit, text in hardware.UNITS.items())}; *memory*: the bytes that must come from and go to the GPU's memory, at the datasheet's bandwidth (what one kernel leaves in the second-level cache for the next, 50 MB at most, is not taken off; the signals are 197 MB or more). Blocks are shared out evenly, and a multiprocessor has one at least. Loads of the selective kernels, of which many threads may want the same address, count one cycle each, however wide.

What the compiler made of them. *Blocks*: how many a multiprocessor holds at a time, by registers, shared memory and threads. *Turns*: how often the loops that are counted run in *{longest}*, in the order of the code. *Instructions*: of one thread, counted.

{table(["body", "kernel", "threads", "registers", "bytes of spills", "shared memory", "blocks", "turns", "instructions"], resource_rows(bounds))}

Figures of the hardware, with their sources, are in `tests/benchmarks/gpu_bounds/hardware.py`: NVIDIA's H100 white paper and datasheets for multiprocessors, clock, tensor cores and bandwidth, the CUDA C++ Programming Guide for how many results of each kind a multiprocessor gives in a cycle, the Nsight Compute guide for which instructions share a unit.

## Time on the processor

One core, N = {CPU_MODES}, 16 channels, 15 s at 48 kHz: million samples of a channel in a second. *Chunks* is the product's form, matrix products over chunks of 64 samples with the state carried in double; *recurrence* is sample after sample in float with channels in the lanes, as a real-time core does it. Medians and the best of {repetitions} runs, chunks and recurrence in turns; other programs were running on the machine, so the best is the better guide. {processor()}.

{table(["form", "direction", "median", "best", "error"], cpu_rows(cpu))}

## Doing it again

On a machine with a GPU, two commands make this page with times of that GPU in place of the ones here, comparators included:

    build/ci/tests/benchmarks/scan_speed --json scan_speed.json
    python3 tests/benchmarks/scan_bounds.py --scan-speed scan_speed.json --write

The second needs nvcc and nvdisasm, both of the CUDA Toolkit (`pip install nvidia-cuda-nvdisasm` where only nvcc is there), and times the processor as well. Without `--scan-speed` it takes the run on an H200 that is kept in `tests/benchmarks/scan_speed_h200.json`; without `--write` it prints bounds and checks. scan_speed is one file that needs a driver and nothing else, so it can be copied to the machine with the GPU.
"""


def main() -> None:
    arguments = parse_arguments()
    arguments.work.mkdir(parents=True, exist_ok=True)
    measured = [read_times(path) for path in arguments.scan_speed or [HERE / "scan_speed_h200.json"]]
    bounds, training, checks = all_bounds(arguments.work)
    print("\n".join(checks))
    print(training_lines(training))
    for (shape_name, name), parts in bounds.items():
        for label, gpu in hardware.GPUS.items():
            print(f"{shape_name}, {name}, {label}: at least {sum(part.least(gpu)[0] for part in parts):.3f} ps: "
                  + ", ".join(f"{part.kernel.name} {value:.3f} ({unit})" for part in parts for value, unit in [part.least(gpu)]))
    print(beside_measured(bounds, measured))
    if arguments.write:
        (PROJECT / "docs/scan.md").write_text(page(bounds, measured, cpu_times(arguments), arguments.repetitions))


if __name__ == "__main__":
    main()
