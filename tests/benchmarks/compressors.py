#!/usr/bin/env python3
"""Trains gain and selective models on recordings of compressors and measures them.

    compressors.py [--continuo PROGRAM] [--audio FOLDER] [--work FOLDER] [--family FAMILY] [--seeds N] [--write] [ROW...]

The rows are those that `--list` names; without any, all of them. `--family` measures one family alone. A run that is done is kept in the work folder and
not done again. `--audio`, or the environment variable CONTINUO_AUDIO, names the folder of the recordings, which are
not part of this project; without it the rows that need them are skipped. The row calf makes its own audio and needs
what cmake/run-demo.sh installs, and calf-plugins.

Every figure is an ESR without pre-emphasis, with that of the best fixed gain and of published models on the same clip
beside it. Trainings are given in steps, so that the figures do not depend on the machine's speed.

Needs Python 3.11, numpy and soundfile.
"""

import csv
import json
import math
import sys
from pathlib import Path
from statistics import median

import numpy

from accuracy import PROJECT, Bench, Skip, bench_for, best_fixed_gain_esr, esr, guitar, parser_for
from guitar_rig import RATE, play_through, quietly, read, write

STEPS = 200
CALF_STEPS = 400  # two minutes of audio are worth a longer search than a few seconds
FAMILIES = ("gain", "selective")
CALF = ["-c", "threshold", "0.02", "-c", "ratio", "8", "-c", "attack", "10", "-c", "release", "2000", "-c", "knee", "1",
        "http://calf.sourceforge.net/plugins/MonoCompressor"]
CALF_REST = 20  # s
LA2A = ["comp_pr65_piano", "limit_pr65_piano", "limit_pr80_guitar"]
# Where the settings on both sides of the clip that is left out are among the others.
CL1B_LEFT_OUT = {"threshold .5": "at_05_re_05_ra_0_th_05", "attack .5": "at_05_re_05_ra_05_th_05"}


def train(bench: Bench, model: Path, family: str, seed: int, *data: object, steps: int = STEPS) -> None:
    model.parent.mkdir(parents=True, exist_ok=True)
    bench.run(bench.continuo, "train", *data, "--family", family, "-o", model, "-y", "--steps", steps, "--seed", seed)


def runs_of(bench: Bench, name: str, families: list[str], seeds: int, job) -> dict[str, list[dict]]:
    """What `job(family, seed)` gives, for every family and seed."""
    return {family: [bench.once(f"{name}-{family}-{seed}", lambda seed=seed: job(family, seed)) for seed in range(seeds)]
            for family in families}


def render(bench: Bench, model: Path, dry: Path, *knobs: object) -> numpy.ndarray:
    out = model.parent / f"{model.stem}.render.wav"
    quietly(bench.continuo, "render", "-m", model, dry, "-o", out, "-y", "--format", "wav32f", *knobs)
    return read(out)[0]


def la2a(bench: Bench, families: list[str], seeds: int) -> list[dict]:
    """Trained on the first half of a clip, tested on the second with the state that the first leaves."""
    results = []
    for clip in LA2A:
        dry, rate = read(bench.audio(f"la2a/{clip}_dry.flac"))
        wet, _ = read(bench.audio(f"la2a/{clip}_wet.flac"))
        half, folder = len(dry) // 2, bench.work / "la2a" / clip
        published = {}
        for name in ("S4", "LSTM32", "TCN300C"):
            prediction, _ = read(bench.audio(f"la2a/{clip}_pred_{name}_tailaligned.flac"))
            test = len(dry) - half
            published[name] = esr(wet[half:], prediction[-test:])

        def job(family: str, seed: int) -> dict:
            pair = [write(folder / f"{name}_train.wav", x[:half], rate) for name, x in (("dry", dry), ("wet", wet))]
            model = folder / f"{family}_{seed}.ssm"
            train(bench, model, family, seed, "--dry", pair[0], "--wet", pair[1], "--no-align")
            output = render(bench, model, write(folder / "dry.wav", dry, rate))
            return {"esr": esr(wet[half:], output[half:]), "esr_training_half": esr(wet[:half], output[:half])}

        runs = runs_of(bench, f"la2a-{clip}", families, seeds, job)
        results.append({"clip": clip, "runs": runs, "best_fixed_gain": best_fixed_gain_esr(wet[half:], dry[half:]),
                        "published": published})
    return results


def cl1b(bench: Bench, families: list[str], seeds: int) -> list[dict]:
    """Ten settings of one clip; one is left out and rendered by a model of the others. Some come 67 samples late, which
    training takes off."""
    dry_path = bench.audio("cl1b/dry.flac")
    dry, _ = read(dry_path)
    settings = sorted(path.name.removesuffix("_wet.flac") for path in dry_path.parent.glob("*_wet.flac"))

    def knobs(setting: str) -> dict[str, float]:
        parts = setting.split("_")
        return {name: float(text if len(text) == 1 else f"0.{text[1:]}") for name, text in zip(parts[::2], parts[1::2])}

    results = []
    for row, left_out in CL1B_LEFT_OUT.items():
        wet, _ = read(bench.audio(f"cl1b/{left_out}_wet.flac"))
        prediction, _ = read(bench.audio(f"cl1b/{left_out}_pred_ED.flac"))
        length = min(len(dry), len(wet), len(prediction))
        folder = bench.work / "cl1b" / left_out

        def job(family: str, seed: int) -> dict:
            table = folder / "captures.csv"
            table.parent.mkdir(parents=True, exist_ok=True)
            with table.open("w", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["dry", "wet", "split", *knobs(left_out)])
                for setting in settings:
                    if setting != left_out:
                        rows.writerow([dry_path, dry_path.parent / f"{setting}_wet.flac", "", *knobs(setting).values()])
            model = folder / f"{family}_{seed}.ssm"
            train(bench, model, family, seed, "--captures", table)
            arguments = [x for name, value in knobs(left_out).items() for x in ("--knob", f"{name}={value}")]
            return {"esr": esr(wet[:length], render(bench, model, dry_path, *arguments)[:length])}

        runs = runs_of(bench, f"cl1b-{left_out}", families, seeds, job)
        results.append({"clip": f"{row}: {left_out}", "runs": runs,
                        "best_fixed_gain": best_fixed_gain_esr(wet[:length], dry[:length]),
                        "published": {"ED": esr(wet[:length], prediction[:length])}})
    return results


def gain_curve(wet: numpy.ndarray, dry: numpy.ndarray, rate: int) -> numpy.ndarray:
    """The gain in dB over windows of 100 ms in which there is sound."""
    window = rate // 10
    count = len(dry) // window
    energies = [numpy.sum(x[: count * window].reshape(count, window) ** 2, axis=1) for x in (wet, dry)]
    sound = energies[1] > 1e-3 * numpy.max(energies[1])
    return 10 * numpy.log10(energies[0][sound] / energies[1][sound])


def calf_start(bench: Bench, rest: int) -> float:
    """The gain in dB that is furthest from none in the first second of a tone 11 dB below the threshold, which the
    compressor should leave alone."""
    tone = 10 ** (-45 / 20) * numpy.sin(2 * math.pi * 1000 / RATE * numpy.arange(RATE))
    dry = write(bench.work / "calf" / "tone.wav", tone, RATE)
    return float(min(gain_curve(read(play_through(CALF, dry, dry.with_name(f"tone_{rest}.wav"), rest))[0], tone, RATE)))


def calf(bench: Bench, families: list[str], seeds: int) -> list[dict]:
    """Two minutes of guitar phrases train, 8 s of every 20 five times softer: no level is known that was not played. Other
    phrases test, and a loud passage with 8 s of quiet playing after it. The plug-in does not begin at rest (`start_db`), so
    it hears silence before each."""
    played, rate = read(guitar(bench, "training_120", "--seconds", 120))
    played = played.copy()
    for begin in range(10 * rate, len(played), 20 * rate):
        played[begin: begin + 8 * rate] *= 0.2
    training = write(bench.work / "guitar" / "training_120_levels.wav", played, rate)
    unheard = guitar(bench, "unheard_14", "--set", "unheard", "--seconds", 14)

    def compressed(dry: Path) -> Path:
        return play_through(CALF, dry, dry.with_name(f"{dry.stem}_calf_after_rest.wav"), CALF_REST)

    dry, rate = read(unheard)
    passage = dry.copy()
    passage[4 * rate:] *= 0.2
    passage_path = write(bench.work / "guitar" / "passage.wav", passage[: 12 * rate], rate)
    try:
        wet, wet_passage = read(compressed(unheard))[0], read(compressed(passage_path))[0]
        start = {name: calf_start(bench, rest) for name, rest in (("loaded", 0), ("rested", CALF_REST))}
    except RuntimeError as reason:
        raise Skip(f"{reason}: install calf-plugins") from reason

    def job(family: str, seed: int) -> dict:
        model = bench.work / "calf" / f"{family}_{seed}.ssm"
        train(bench, model, family, seed, "--dry", training, "--wet", compressed(training), "--no-align",
              steps=CALF_STEPS)
        output = render(bench, model, unheard)
        part = slice(4 * rate, 12 * rate)
        device = gain_curve(wet_passage[part], passage[part], rate)
        ours = gain_curve(render(bench, model, passage_path)[part], passage[part], rate)
        return {"esr": esr(wet, output), "recovery_db": float(numpy.max(numpy.abs(device - ours)))}

    runs = runs_of(bench, "calf", families, seeds, job)
    return [{"clip": "unheard phrases", "runs": runs, "best_fixed_gain": best_fixed_gain_esr(wet, dry), "published": {},
             "start_db": start}]


ROWS = {"la2a": la2a, "cl1b": cl1b, "calf": calf}
TITLES = {
    "comp_pr65_piano": ("Teletronix LA-2A, compress, peak reduction 65, piano", "the second half of the clip"),
    "limit_pr65_piano": ("Teletronix LA-2A, limit, peak reduction 65, piano", "the second half of the clip"),
    "limit_pr80_guitar": ("Teletronix LA-2A, limit, peak reduction 80, guitar", "the second half of the clip"),
    **{f"{row}: {clip}": (f"Tube-Tech CL 1B with four knobs, {row}", "a setting that is left out of ten")
       for row, clip in CL1B_LEFT_OUT.items()},
    "unheard phrases": ("Calf MonoCompressor (software), 2 s of release", "other guitar phrases"),
}


def figure(value: float) -> str:
    return f"{value:.2g} ({10 * math.log10(value):.1f} dB)".replace("-", "−")


def seeds_figure(runs: list[dict]) -> str:
    errors = [run["esr"] for run in runs]
    spread = f", {min(errors):.2g} to {max(errors):.2g} ({len(errors)} seeds)" if len(errors) > 1 else " (one seed)"
    return figure(median(errors)) + spread if errors else "not measured"


def calf_text(results: list[dict]) -> str:
    """How the row calf was recorded, and how far off the gain comes back, if it ran."""
    starts = [result["start_db"] for result in results if "start_db" in result]
    errors = [run["recovery_db"] for result in results for run in result["runs"].get("gain", []) if "recovery_db" in run]
    if not starts or not errors:
        return ""
    runs = "one seed" if len(errors) == 1 else f"median over {len(errors)} seeds"
    return (f" Freshly loaded, the plug-in turns a tone 11 dB below its threshold down by {-starts[0]['loaded']:.1f} dB and lets"
            f" it come back with its release time, so it hears {CALF_REST} s of silence before each of these recordings, which"
            f" are cut off; the same tone is then {abs(starts[0]['rested']):.4f} dB off. In the 8 s of quiet playing after a"
            f" loud passage that are tested here (`recovery_db` of the script), the gain of a gain model is"
            f" {median(errors):.2f} dB off at most, in windows of 100 ms ({runs}).")


def page(results: list[dict]) -> str:
    rows = []
    for result in results:
        device, test = TITLES[result["clip"]]
        published = "; ".join(f"{name} {figure(value)}" for name, value in result["published"].items()) or "none"
        ours = " | ".join(seeds_figure(result["runs"].get(family, [])) for family in FAMILIES)
        rows.append(f"| {device} | {test} | {ours} | {figure(result['best_fixed_gain'])} | {published} |")
    table = "\n".join(rows)
    calf_recording = calf_text(results)
    return f"""# Compressors

How close models of the families gain and selective come (`continuo train --family gain` or `selective`, {STEPS} steps, {CALF_STEPS} for the Calf compressor; [training.md](training.md) says how, [model.md](model.md), sections 10 and 11, what they compute). ESR without pre-emphasis, the median over seeds and their range. A fixed gain already comes close to a compressor, so the best one stands beside every figure; published models are measured on the same test audio, from what their authors published, and were trained on far more.

| device | tested on | gain, ESR | selective, ESR | best fixed gain | published models, same clip |
|---|---|---|---|---|---|
{table}

LA-2A: each clip lasts 10 s, its first half trains, and the model has heard that half when the second begins. The seeds differ because five seconds of music hold few levels: most on the second clip, whose first half is next to silent but for one note. CL 1B: one dry clip of 5 s at ten settings of attack, release, ratio and threshold; nine train. With so many knobs a search of a selective model may rest in a valley, as its ESR on the held-out audio shows: then another seed, or the family gain. The Calf compressor holds the peaks of the gain reduction in decibels and smooths what it holds. Of the two minutes of phrases that train, 8 s of every 20 are played five times softer: where training holds loud playing alone, the gain comes back from a loud passage as it should down to the least reduction that was heard, and goes astray by one or two dB beyond.{calf_recording}

A gain model takes 18 ns per sample, a selective one 17 ns (`continuo bench MODEL.ssm --rate 48000 --block 64`, an AMD EPYC, AVX2).

## Doing it again

    python3 -m venv .venv && .venv/bin/pip install numpy soundfile
    CONTINUO_AUDIO=FOLDER .venv/bin/python tests/benchmarks/compressors.py --write

The recordings are other people's and not part of this project. The folder holds, as mono FLAC, `la2a/` (from the SignalTrain set, CC BY 4.0, with the predictions of published models) and `cl1b/` (with those of ED), as the script names them.
"""


def main() -> int:
    parser = parser_for(__doc__, "continuo-compressors")
    parser.add_argument("--seeds", type=int, default=3, help="the figure is the median over so many (default: 3)")
    parser.add_argument("--family", choices=FAMILIES, help="measure this family alone")
    parser.add_argument("--write", action="store_true", help="write docs/compressors.md from the rows that ran")
    arguments = parser.parse_args()
    bench = bench_for(parser, arguments, ROWS)
    chosen, skipped, results = arguments.rows or list(ROWS), 0, []
    families = [arguments.family] if arguments.family else list(FAMILIES)
    for row in chosen:
        try:
            for result in ROWS[row](bench, families, arguments.seeds):
                results.append(result)
                for family, runs in result["runs"].items():
                    figures = {key: median(run[key] for run in runs) for key in runs[0] if key != "wall_seconds"}
                    figures["esr_of_each_seed"] = [run["esr"] for run in runs]
                    figures |= {key: result[key] for key in ("best_fixed_gain", "published")}
                    print(f"{row}, {result['clip']}, {family}: {json.dumps(figures)}", flush=True)
        except Skip as reason:
            print(f"{row}: skipped: {reason}")
            skipped += 1
    if arguments.write and results:
        (PROJECT / "docs/compressors.md").write_text(page(results))
    return 77 if skipped == len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
