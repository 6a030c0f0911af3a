#!/usr/bin/env python3
"""Trains models on recordings of real and simulated devices, measures them, and writes docs/accuracy.md.

    accuracy.py [--continuo PROGRAM] [--audio FOLDER] [--work FOLDER] [--write] [ROW...]

The rows are those that `--list` names; without any, all of them. A run that is done is kept in the work folder and
not done again, so the script can be stopped at any time and started again. `--write` writes docs/accuracy.md, and the
table in the README, from the runs that are there.

The recordings are not part of this project. `--audio`, or the environment variable CONTINUO_AUDIO, names the folder
that holds them (docs/accuracy.md says which and where they are from); without it the rows that need them are
skipped. The guitarix rows make their own audio and need what cmake/run-demo.sh installs.

Needs Python 3.11, numpy and soundfile. All the rows together take about two hours on two cores.
"""

import argparse
import csv
import json
import math
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, median

import numpy

PROJECT = Path(__file__).resolve().parents[2]
sys.path.append(str(PROJECT / "cmake"))
from guitar_rig import GUITARIX, SOUNDS, phrases, play_through, quietly, read, write  # noqa: E402

AMPLIFIER = ["-c", "Gain", "0.9", "-c", "Tone", "0.5", "-c", "Volume", "0.5", GUITARIX + "gx_redeye#chump"]
OVERDRIVE = ["-c", "fslider2_", "0.5", "-c", "fslider0_", "0", "-c", "fslider1_", "400", GUITARIX + "gxts9#ts9sim"]
# Settings of bass, middle and treble that lie between trained ones.
JVM_HELD_OUT = ("B8_M5_T5", "B5_M2_T5", "B5_M5_T4")
JVM_TRAINED, JVM_TESTED = range(1, 6), 8  # numbers of clips
TIERS, TIER_MINUTES = ("nano", "standard", "high", "ultra"), 1.5
README_BEGIN, README_END = "<!-- written by tests/benchmarks/accuracy.py -->", "<!-- end -->"
KLON_SEGMENT, KLON_SEGMENTS, KLON_FOLDS = 8050, 425, 5


class Skip(Exception):
    """This row cannot run here, and why."""


# --- measuring -------------------------------------------------------------------------------------------------------


def esr(target: numpy.ndarray, output: numpy.ndarray) -> float:
    """Error-to-signal ratio, sum((target - output)^2) / sum(target^2), without pre-emphasis."""
    return float(numpy.sum((target - output) ** 2) / numpy.sum(target**2))


def best_fixed_gain_esr(target: numpy.ndarray, dry: numpy.ndarray) -> float:
    """ESR of the dry signal times the one gain that brings it closest to the target."""
    return esr(target, dry * (numpy.dot(dry, target) / numpy.dot(dry, dry)))


# --- running ---------------------------------------------------------------------------------------------------------


class Bench:
    """Where things are, and the ways to run the program."""

    def __init__(self, continuo: Path, audio: Path | None, work: Path) -> None:
        self.continuo, self.audio_folder, self.work = continuo, audio, work
        (work / "runs").mkdir(parents=True, exist_ok=True)

    def audio(self, name: str) -> Path:
        if self.audio_folder is None:
            raise Skip("needs the recordings: name their folder with --audio or CONTINUO_AUDIO")
        path = self.audio_folder / name
        if not path.exists():
            raise Skip(f"{path} is missing")
        return path

    def run(self, *command: object) -> None:
        subprocess.run([str(c) for c in command], check=True)

    def once(self, name: str, job) -> dict:
        """The kept result of the run of that name; of `job()`, which is kept, where there is none."""
        path = self.work / "runs" / f"{name}.json"
        if path.exists():
            return json.loads(path.read_text())
        print(f"== {name}", flush=True)
        start = time.monotonic()
        result = job() | {"wall_seconds": round(time.monotonic() - start, 1)}
        part = path.with_suffix(".part")
        part.write_text(json.dumps(result, indent=1))
        part.rename(path)
        print(json.dumps(result), flush=True)
        return result

    def captures(self, name: str, rows: list[tuple], knobs: tuple[str, ...] = ()) -> Path:
        """Rows of dry, wet, split and a value for each knob."""
        path = self.work / name / "captures.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["dry", "wet", "split", *knobs])
            table.writerows((dry.resolve(), wet.resolve(), *rest) for dry, wet, *rest in rows)
        return path

    def train(self, model: Path, tier: str, minutes: float, seed: int, *data: object) -> dict:
        model.parent.mkdir(parents=True, exist_ok=True)
        self.run(self.continuo, "train", *data, "-o", model, "-y", "--tier", tier, "--minutes", minutes,
                 "--seed", seed, "--threads", 2)
        info = model.with_suffix(".info.json")
        info.unlink(missing_ok=True)
        quietly(self.continuo, "info", model, "--json", info)
        return {"tier": tier, "minutes": minutes, "seed": seed, "info": json.loads(info.read_text())}

    def evaluate(self, model: Path, dry: Path, wet: Path) -> dict:
        result = model.parent / "evaluation.json"
        quietly(self.continuo, "evaluate", "-m", model, "--dry", dry, "--wet", wet, "--json", result, "-y")
        return json.loads(result.read_text())

    def render(self, model: Path, dry: Path) -> numpy.ndarray:
        out = model.parent / "render.wav"
        quietly(self.continuo, "render", "-m", model, dry, "-o", out, "-y", "--format", "wav32f",
                "--quality", "eco")
        return read(out)[0]


def comparators(target: numpy.ndarray, dry: numpy.ndarray, predictions: dict[str, numpy.ndarray]) -> dict:
    return {
        "best_fixed_gain": best_fixed_gain_esr(target, dry),
        "published": {name: esr(target, prediction) for name, prediction in predictions.items()},
    }


# --- the rows --------------------------------------------------------------------------------------------------------


def parts(folder: Path, dry: numpy.ndarray, wet: numpy.ndarray, split: int, rate: int) -> list[Path]:
    """Files of what comes before `split`, dry and wet, and of what comes after."""
    return [write(folder / f"{name}_{part}.wav", x[cut], rate)
            for part, cut in (("train", slice(split)), ("test", slice(split, None)))
            for name, x in (("dry", dry), ("wet", wet))]


def jvm_clip(bench: Bench, number: int, kind: str) -> Path:
    return bench.audio(f"jvm410h/B1_M3_T7_G5_file_{number}_{kind}.flac")


def ts9(bench: Bench) -> list[dict]:
    dry, rate = read(bench.audio("ts9/dry.flac"))
    wet, _ = read(bench.audio("ts9/wet.flac"))
    guitar_lstm, _ = read(bench.audio("ts9/pred_GuitarLSTM.flac"))
    split = 20 * rate
    folder = bench.work / "ts9"

    def job() -> dict:
        pair = parts(folder, dry, wet, split, rate)
        model = folder / "model.ssm"
        result = bench.train(model, "high", 3, 0, "--dry", pair[0], "--wet", pair[1])
        result["evaluation"] = bench.evaluate(model, pair[2], pair[3])
        # The test begins in the middle of playing. Once more with the pedal's state at that moment: the model hears
        # all 25 s, and the last 5 s count.
        whole = bench.render(model, write(folder / "dry.wav", dry, rate))
        result["esr_in_context"] = esr(wet[split:], whole[split:])
        return result | comparators(wet[split:], dry[split:], {"GuitarLSTM": guitar_lstm[split:]})

    return [bench.once("ts9", job)]


def jvm410h(bench: Bench) -> list[dict]:
    rows = [(jvm_clip(bench, n, "dry"), jvm_clip(bench, n, "wet"), "") for n in JVM_TRAINED]
    test_dry, test_wet = (jvm_clip(bench, JVM_TESTED, kind) for kind in ("dry", "wet"))
    dry, _ = read(test_dry)
    wet, _ = read(test_wet)
    names = ["TS3", "TS1", "RNN21", "RNN15", "RNN3", "RNN1"]
    results = []
    for seed in range(5):
        name = f"jvm410h-{seed}"

        def job() -> dict:
            model = bench.work / name / "model.ssm"
            result = bench.train(model, "high", 5, seed, "--captures", bench.captures(name, rows))
            result["evaluation"] = bench.evaluate(model, test_dry, test_wet)
            return result | comparators(wet, dry, {n: read(jvm_clip(bench, JVM_TESTED, f"pred_{n}"))[0] for n in names})

        results.append(bench.once(name, job))
    return results


def tiers(bench: Bench) -> list[dict]:
    """Every tier on a pedal and on an amplifier, in the same time."""
    dry, rate = read(bench.audio("ts9/dry.flac"))
    wet, _ = read(bench.audio("ts9/wet.flac"))
    split, folder = 20 * rate, bench.work / "tiers"
    train_dry, train_wet, test_dry, test_wet = parts(folder, dry, wet, split, rate)
    table = bench.captures("tiers", [(jvm_clip(bench, n, "dry"), jvm_clip(bench, n, "wet"), "") for n in JVM_TRAINED])
    devices = {"ts9": (("--dry", train_dry, "--wet", train_wet), test_dry, test_wet),
               "jvm410h": (("--captures", table), jvm_clip(bench, JVM_TESTED, "dry"), jvm_clip(bench, JVM_TESTED, "wet"))}
    results = []
    for device, (data, dry_path, wet_path) in devices.items():
        for tier in TIERS:
            def job() -> dict:
                model = folder / f"{device}_{tier}.ssm"
                result = bench.train(model, tier, TIER_MINUTES, 0, *data)
                return result | {"device": device, "evaluation": bench.evaluate(model, dry_path, wet_path)}

            results.append(bench.once(f"tiers-{device}-{tier}", job))
    return results


def jvm_knobs(bench: Bench) -> list[dict]:
    """One model with three knobs. The held-out settings share their dry clip with trained ones: what is tested is
    what the model makes of knob positions that it has not heard."""
    def setting(wet: Path) -> str:
        return wet.name.split("_G5")[0]

    bench.audio("jvm410h_tone/file_9_dry.flac")
    rows = []
    for wet in sorted(bench.audio("jvm410h").glob("*_wet.flac")) + sorted(bench.audio("jvm410h_tone").glob("*_wet.flac")):
        own_dry = wet.with_name(wet.name.replace("_wet", "_dry"))
        dry = own_dry if own_dry.exists() else wet.with_name("file_9_dry.flac")
        knobs = [int(part[1:]) / 10 for part in setting(wet).split("_")]
        rows.append((dry, wet, "test" if setting(wet) in JVM_HELD_OUT else "", *knobs))

    def job() -> dict:
        table = bench.captures("jvm_knobs", rows, ("bass", "middle", "treble"))
        model = bench.work / "jvm_knobs" / "model.ssm"
        result = bench.train(model, "high", 10, 1, "--captures", table)
        evaluation = model.parent / "evaluation.json"
        quietly(bench.continuo, "evaluate", "-m", model, "--captures", table, "--json", evaluation, "-y")
        settings: dict[str, dict[str, list[float]]] = {"trained": {}, "held out": {}}
        for row in json.loads(evaluation.read_text())["rows"]:
            name = setting(Path(row["wet"]))
            settings["held out" if row["split"] == "test" else "trained"].setdefault(name, []).append(row["esr"])
        result["settings"] = {kind: {name: mean(values) for name, values in some.items()} for kind, some in settings.items()}
        result["esr"], result["esr_trained"] = (mean(result["settings"][kind].values()) for kind in ("held out", "trained"))
        tests = [(read(dry)[0], read(wet)[0], wet) for dry, wet, split, *_ in rows if split == "test"]
        result["best_fixed_gain"] = mean(best_fixed_gain_esr(wet, dry) for dry, wet, _ in tests)
        result["published"] = {
            name: mean(esr(wet, read(path.with_name(path.name.replace("_wet", f"_pred_{name}")))[0]) for _, wet, path in tests)
            for name in ("TS3", "TS1")}
        return result

    return [bench.once("jvm_knobs", job)]


def klon(bench: Bench) -> list[dict]:
    """Every segment starts afresh, in training and in the test; a fold is every fifth segment."""
    dry, rate = read(bench.audio("klon_spice/DataIn_425x8050.flac"))
    wet, _ = read(bench.audio("klon_spice/Data50_425x8050.flac"))
    dry = dry.reshape(KLON_SEGMENTS, KLON_SEGMENT)
    # 202 samples of it are clipped at full scale, which `train` refuses in a segment as short as these; the ESR that
    # they cost is part of the figure. No ESR depends on the scale.
    wet = 0.5 * wet.reshape(KLON_SEGMENTS, KLON_SEGMENT)
    folder = bench.work / "klon"

    def segment(index: int) -> tuple[Path, Path]:
        pair = folder / "segments" / f"dry_{index:03}.wav", folder / "segments" / f"wet_{index:03}.wav"
        if not pair[1].exists():
            write(pair[0], dry[index], rate)
            write(pair[1], wet[index], rate)
        return pair

    results = []
    for fold in range(KLON_FOLDS):
        name = f"klon-{fold}"

        def job() -> dict:
            test = [i for i in range(KLON_SEGMENTS) if i % KLON_FOLDS == fold]
            rest = [i for i in range(KLON_SEGMENTS) if i % KLON_FOLDS != fold]
            rows = [(*segment(i), "validation" if k % 10 == 9 else "train") for k, i in enumerate(rest)]
            model = bench.work / name / "model.ssm"
            result = bench.train(model, "standard", 2, 0, "--no-align", "--captures", bench.captures(name, rows))
            out = model.parent / "rendered"
            out.mkdir(exist_ok=True)
            quietly(bench.continuo, "render", "-m", model, *(segment(i)[0] for i in test), "-o", out, "-y",
                    "--format", "wav32f")
            model_output = numpy.stack([read(out / segment(i)[0].name)[0] for i in test])
            error = (model_output - wet[test]) ** 2
            energy = float(numpy.sum(wet[test] ** 2))
            result["esr"] = float(numpy.sum(error)) / energy
            # How much of it is the unknown state that a segment starts from shows in where the error lies.
            per_sample = error.sum(axis=0) / energy
            result["esr_of_start"] = float(per_sample[:512].sum())
            result["esr_without_start"] = float(numpy.sum(error[:, 512:]) / numpy.sum(wet[test][:, 512:] ** 2))
            result["error_by_position"] = [float(x.sum()) for x in numpy.array_split(per_sample, 25)]
            result["energy_by_position"] = [
                float(x.sum()) / energy for x in numpy.array_split((wet[test] ** 2).sum(axis=0), 25)]
            result["best_fixed_gain"] = best_fixed_gain_esr(wet[test].ravel(), dry[test].ravel())
            return result

        results.append(bench.once(name, job))
    return results


def diode(bench: Bench) -> list[dict]:
    dry, rate = read(bench.audio("diode_1n4148/dry_50k.flac"))
    wet, _ = read(bench.audio("diode_1n4148/wet_50k.flac"))
    split = 20 * rate
    folder = bench.work / "diode"

    def job() -> dict:
        pair = parts(folder, dry, wet, split, rate)
        model = folder / "model.ssm"
        result = bench.train(model, "standard", 2, 0, "--dry", pair[0], "--wet", pair[1])
        result["evaluation"] = bench.evaluate(model, pair[2], pair[3])
        whole = bench.render(model, write(folder / "dry.wav", dry, rate))
        result["esr_in_context"] = esr(wet[split:], whole[split:])
        return result | comparators(wet[split:], dry[split:], {})

    return [bench.once("diode", job)]


def guitar(bench: Bench, name: str, *arguments: object) -> Path:
    if not SOUNDS.exists():
        raise Skip(f"{SOUNDS} is missing: cmake/run-demo.sh installs it")
    return phrases(bench.work / "guitar" / f"{name}.wav", *arguments)


def played_through(device: list[str], dry: Path) -> Path:
    name = device[-1].split("#")[-1]
    return play_through(device, dry, dry.with_name(f"{dry.stem}_{name}.wav"))


def demo(bench: Bench) -> list[dict]:
    training = guitar(bench, "training_120", "--seconds", 120)
    unheard = guitar(bench, "unheard_14", "--set", "unheard", "--seconds", 14)
    results = []
    for seed in range(3):
        name = f"demo-{seed}"

        def job() -> dict:
            model = bench.work / name / "model.ssm"
            result = bench.train(model, "standard", 4, seed, "--dry", training, "--wet", played_through(AMPLIFIER, training))
            wet = played_through(AMPLIFIER, unheard)
            result["evaluation"] = bench.evaluate(model, unheard, wet)
            return result | comparators(read(wet)[0], read(unheard)[0], {})

        results.append(bench.once(name, job))
    return results


def excite(bench: Bench) -> list[dict]:
    """What three minutes of the excitation signal teach, against three minutes of the kind of playing tested."""
    excitation = bench.work / "guitar" / "excitation.wav"
    if not excitation.exists():
        excitation.parent.mkdir(parents=True, exist_ok=True)
        quietly(bench.continuo, "excite", "-o", excitation, "--seconds", 180, "--rate", 48000)
    signals = {"excite": excitation, "phrases": guitar(bench, "training_180_both", "--seconds", 180, "--sound", "both")}
    tests = {sound: guitar(bench, f"blind_28_{sound}", "--set", "blind", "--seconds", 28, "--sound", sound)
             for sound in ("clean", "overdriven")}
    results = []
    for device in (AMPLIFIER, OVERDRIVE):
        device_name = device[-1].split("#")[-1]
        for signal, dry in signals.items():
            name = f"excite-{device_name}-{signal}"

            def job() -> dict:
                model = bench.work / name / "model.ssm"
                result = bench.train(model, "standard", 3, 0, "--dry", dry, "--wet", played_through(device, dry))
                result |= {"device": device_name, "signal": signal}
                for sound, test in tests.items():
                    wet = played_through(device, test)
                    result[sound] = bench.evaluate(model, test, wet)
                    result[sound]["best_fixed_gain"] = best_fixed_gain_esr(read(wet)[0], read(test)[0])
                return result

            results.append(bench.once(name, job))
    return results


def speed(bench: Bench) -> list[dict]:
    def job() -> dict:
        rows = []
        for isa in ("sse2", "avx2", "avx512", "neon"):
            for tier in ("nano", "standard", "high", "ultra"):
                out = bench.work / f"speed_{isa}_{tier}.json"
                out.unlink(missing_ok=True)
                try:
                    quietly(bench.continuo, "bench", "--tier", tier, "--block", "1,16,64", "--rate", 48000,
                            "--isa", isa, "--json", out)
                except subprocess.CalledProcessError:
                    break  # this processor has no such instructions
                rows += json.loads(out.read_text())["rows"]
        training = []
        program = PROJECT / "build/ci/tests/benchmarks/training_speed"
        if program.exists():
            for tier in ("nano", "standard", "high", "ultra"):
                line = subprocess.run([program, tier], check=True, capture_output=True, text=True).stdout
                training.append(json.loads(line))
        else:
            print("speed: no training speed: build the tests first (cmake/run-tests.sh)")
        return {"rows": rows, "training": training, "processor": processor()}

    return [bench.once("speed", job)]


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown processor"


ROWS = {"ts9": ts9, "jvm410h": jvm410h, "tiers": tiers, "jvm_knobs": jvm_knobs, "klon": klon, "diode": diode, "demo": demo, "excite": excite, "speed": speed}


# --- the page --------------------------------------------------------------------------------------------------------


def decibels(value: float) -> str:
    return f"{10 * math.log10(value):.1f} dB".replace("-", "−")


def both(value: float) -> str:
    return f"{value:.2g} ({decibels(value)})" if value >= 1e-4 else f"{value:.6f} ({decibels(value)})"


def best_published(result: dict) -> str:
    ranked = sorted(result.get("published", {}).items(), key=lambda item: item[1])
    return ", ".join(f"{name} {both(value)}" for name, value in ranked[:2]) or "none"


def load(bench: Bench, prefix: str) -> list[dict]:
    return [json.loads(path.read_text()) for path in sorted((bench.work / "runs").glob(f"{prefix}*.json"))]


def spread(values: list[float]) -> str:
    return f"{min(values):.2g} to {max(values):.2g}"


def several(values: list[float], what: str) -> str:
    if len(values) == 1:
        return f"{both(values[0])}, one of the {what}"
    return f"median of {len(values)} {what} {both(median(values))}, {spread(values)}"


def main_table(bench: Bench) -> list[str]:
    lines = ["| device | trained on | tested on | tier, time | ESR | best fixed gain | published models, same clip |",
             "|---|---|---|---|---|---|---|"]

    def add(device: str, trained: str, tested: str, results: list[dict], figure: str, published: str) -> None:
        r = results[0]
        gain = both(median(x["best_fixed_gain"] for x in results))
        lines.append(f"| {device} | {trained} | {tested} | {r['tier']}, {r['minutes']:g} min | {figure} | {gain} | {published} |")

    if found := load(bench, "ts9"):
        r = found[0]
        add("Ibanez TS9 pedal, drive at maximum", "the first 20 s", "the last 5 s", found,
            f"{both(r['evaluation']['esr'])}; {both(r['esr_in_context'])} once it has heard what came before", best_published(r))
    if found := load(bench, "jvm410h-"):
        values = [r["evaluation"]["esr"] for r in found]
        add("Marshall JVM410H amplifier, OD1", "clips 1 to 5 (25 s)", "clip 8 (5 s)", found,
            several(values, "seeds"), best_published(found[0]))
    if found := load(bench, "jvm_knobs"):
        r = found[0]
        add("The same amplifier, one model with its bass, middle and treble knobs", "14 settings (2 min)",
            "three settings between them, on a clip heard at others", found,
            f"mean {both(r['esr'])}; {both(r['esr_trained'])} at trained settings", best_published(r))
    if found := load(bench, "klon-"):
        values = [r["esr"] for r in found]
        add("Klon Centaur gain stage, gain 0.5, SPICE simulation", "four fifths of 425 segments of 0.18 s (62 s)", "the other fifth, in turn", found,
            several(values, "folds"), f"GRU-8 {both(0.0050)}, as its paper says (one split)")
    if found := load(bench, "diode"):
        r = found[0]
        add("1N4148 diode clipper, measured", "the first 20 s", "the last 9 s", found,
            f"{both(r['evaluation']['esr'])}; {both(r['esr_in_context'])} once it has heard what came before", "none")
    if found := load(bench, "demo-"):
        add("GxRedeye Chump, guitarix (software)", "two minutes of clean guitar phrases", "21 s of other phrases", found,
            several([r["evaluation"]["esr"] for r in found], "seeds"), "none")
    return lines


def tiers_text(bench: Bench) -> list[str]:
    found = {(r["device"], r["tier"]): r for r in load(bench, "tiers-")}
    if not found:
        return []
    lines = ["## The tiers in the same time", "",
             f"The TS9 and the JVM410H above, every tier trained for {TIER_MINUTES * 60:.0f} s with seed 0, and the same tests. "
             "A larger model needs more time to be better: what it costs to play is below.", "",
             "| tier | TS9, ESR | steps | JVM410H, ESR | steps |", "|---|---|---|---|---|"]
    for tier in TIERS:
        cells = [(both(r["evaluation"]["esr"]), f"{r['info']['training']['steps']}") if (r := found.get((device, tier))) else ("", "")
                 for device in ("ts9", "jvm410h")]
        lines.append(f"| {tier} | " + " | ".join(cell for pair in cells for cell in pair) + " |")
    return lines + [""]


def klon_text(bench: Bench) -> list[str]:
    found = load(bench, "klon-")
    if not found:
        return []
    floors = []
    for r in found:
        error, energy = r["error_by_position"], r["energy_by_position"]
        late = sum(error[12:]) / sum(energy[12:])  # what the second half of the segments has, where the start is forgotten
        floors.append(sum(max(0.0, e - late * s) for e, s in zip(error[:12], energy[:12])))
    floor, share = median(floors), median(f / r["esr"] for f, r in zip(floors, found))
    without = median(r["esr_without_start"] for r in found)
    return ["## The Klon rows start from an unknown state", "",
            "The simulation was run segment by segment, and what charge its capacitors held at the start of each is not part of the data. "
            "A model that starts every segment from rest cannot know it. The error of the first half of the segments beyond what the second half "
            f"has at the same signal energy amounts to an ESR of {both(floor)}, {100 * share:.0f} % of the whole (median over the folds): "
            f"a floor for every model that starts from rest. Without the first 512 of the 8050 samples of each segment the median ESR is {both(without)}. "
            "The paper multiplies the wet signal by 2, which changes no ESR. ESR is pooled: the error energy of all the test segments over their signal energy.", ""]


def excite_text(bench: Bench) -> list[str]:
    found = {(r["device"], r["signal"]): r for r in load(bench, "excite-")}
    lines = ["## The excitation signal against playing", "",
             "Two guitarix devices, each learned twice in the same time (standard tier): once from three minutes of `continuo excite` alone, "
             "once from three minutes of guitar phrases, half of them clean and half overdriven. Both are tested on phrases that neither heard and that were written after the signal was made.", "",
             "| device | tested on | from `excite` | from phrases | ratio | best fixed gain |", "|---|---|---|---|---|---|"]
    names = {"chump": "GxRedeye Chump amplifier", "ts9sim": "GxTubeScreamer overdrive"}
    rows = 0
    for device, name in names.items():
        if (device, "excite") not in found or (device, "phrases") not in found:
            continue
        for sound in ("clean", "overdriven"):
            a, b = found[device, "excite"][sound], found[device, "phrases"][sound]
            lines.append(f"| {name} | {sound} phrases | {both(a['esr'])} | {both(b['esr'])} | {a['esr'] / b['esr']:.2f} | {both(a['best_fixed_gain'])} |")
            rows += 1
    return lines + [""] if rows else []


def speed_text(bench: Bench) -> list[str]:
    found = load(bench, "speed")
    if not found:
        return []
    rows = found[0]["rows"]
    blocks = sorted({row["block"] for row in rows}, reverse=True)
    lines = ["## Speed", "", f"`continuo bench` on one core ({found[0]['processor']}), at 48 kHz, in nanoseconds per sample. "
             "At 48 kHz a sample lasts 20 833 ns.", "",
             "| tier | parameters | instruction set | " + " | ".join(f"blocks of {b}" for b in blocks) + " |",
             "|---|---|---|" + "---|" * len(blocks)]
    for tier in TIERS:
        for isa in sorted({row["isa"] for row in rows if row["tier"] == tier}):
            some = {row["block"]: row for row in rows if row["tier"] == tier and row["isa"] == isa}
            lines.append(f"| {tier} | {next(iter(some.values()))['parameters']} | {isa} | "
                         + " | ".join(f"{some[b]['ns_per_sample']:.0f}" if b in some else "" for b in blocks) + " |")
    if training := found[0].get("training"):
        lines += ["", f"Training on one core ({training[0]['isa']}), forward, backward and Adam over sequences of 8192 samples, in million samples a second: "
                  + ", ".join(f"{r['tier']} {r['samples_per_second'] / 1e6:.1f}" for r in training) + "."]
    return lines + [""]


def page(bench: Bench) -> str:
    text = ["# Accuracy and speed", "",
            "ESR is the error-to-signal ratio, sum((device − model)²) / sum(device²), without pre-emphasis: 0 is perfect, 1 is silence. "
            "In dB it is 10·log10(ESR). The best fixed gain is the ESR of the dry signal times the one factor that suits it best: what no model at all would reach. "
            "Published models are measured here on the same test clip, from the audio that their authors published; they were trained by them, often on more audio. "
            "Times are wall time on two cores of an ordinary machine. Apart from tier and time all settings are the defaults.", "",
            *main_table(bench), "", *tiers_text(bench), *klon_text(bench), *excite_text(bench), *speed_text(bench),
            "## Doing it again", "",
            "    python3 -m venv .venv && .venv/bin/pip install numpy soundfile",
            "    CONTINUO_AUDIO=FOLDER .venv/bin/python tests/benchmarks/accuracy.py --write", "",
            "writes this page, and the table in the README, from what it measures; `--list` shows the rows, and a row's name runs that one alone. "
            "Training for a set time makes as many steps as the machine manages, so another machine gives somewhat other figures.", "",
            "The recordings are other people's and not part of this project; some of their sources state no licence. The folder holds, as mono FLAC:", "",
            "| folder | what | source |", "|---|---|---|",
            "| `ts9/` | `dry`, `wet`, `pred_GuitarLSTM`: 25 s at 44.1 kHz | the GuitarLSTM project |",
            "| `jvm410h/` | `B1_M3_T7_G5_file_N_dry`, `_wet`, `_pred_MODEL`, and the same of B10_M0_T0: clips of 5 s at 44.1 kHz | Miklanek et al., DAFx 2023 |",
            "| `jvm410h_tone/` | `file_9_dry`; `B#_M#_T#_G5_file_9_wet`, `_pred_MODEL` at 15 settings: clips of 5 s at 44.1 kHz | the same |",
            "| `klon_spice/` | `DataIn_425x8050`, `Data50_425x8050`: 77.6 s at 44.1 kHz | Chowdhury 2020 |",
            "| `diode_1n4148/` | `dry_50k`, `wet_50k`: 29 s at 50 kHz | measured on a breadboard |", "",
            "The guitarix rows need no recordings: their audio is made on the spot, as in `cmake/run-demo.sh`.", ""]
    return "\n".join(text)


def parser_for(description: str, work: str) -> argparse.ArgumentParser:
    """What a benchmark with named rows is asked for. `work`: its folder in the user's cache."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--continuo", type=Path, default=PROJECT / "build/release/models/command/continuo")
    parser.add_argument("--audio", type=Path, default=os.environ.get("CONTINUO_AUDIO"))
    parser.add_argument("--work", type=Path,
                        default=Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / work)
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    return parser


def bench_for(parser: argparse.ArgumentParser, arguments: argparse.Namespace, rows: dict) -> Bench:
    """Checks the rows and the program; with --list names the rows and ends the script."""
    if arguments.list:
        print(*rows, sep="\n")
        sys.exit(0)
    if unknown := [row for row in arguments.rows if row not in rows]:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(rows)}")
    if not arguments.continuo.exists():
        parser.error(f"{arguments.continuo} is missing; build it with: cmake --preset release && cmake --build --preset release")
    return Bench(arguments.continuo.resolve(), Path(arguments.audio).resolve() if arguments.audio else None, arguments.work)


def main() -> int:
    parser = parser_for(__doc__, "continuo-accuracy")
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md from the runs that are there")
    arguments = parser.parse_args()
    bench = bench_for(parser, arguments, ROWS)
    skipped = 0
    for row in arguments.rows or ROWS:
        try:
            for result in ROWS[row](bench):
                figures = {key: value for key, value in result.items() if key in ("esr", "esr_in_context", "best_fixed_gain", "published")}
                if "evaluation" in result:
                    figures["esr"] = result["evaluation"]["esr"]
                print(f"{row}: {json.dumps(figures)}")
        except Skip as reason:
            print(f"{row}: skipped: {reason}")
            skipped += 1
    if arguments.write:
        (PROJECT / "docs/accuracy.md").write_text(page(bench))
        readme = PROJECT / "README.md"
        before, rest = readme.read_text().split(README_BEGIN)
        after = rest.split(README_END)[1]
        readme.write_text("\n".join([before + README_BEGIN, *main_table(bench), README_END + after]))
    return 77 if skipped and skipped == len(arguments.rows or ROWS) else 0


if __name__ == "__main__":
    sys.exit(main())
