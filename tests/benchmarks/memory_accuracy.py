#!/usr/bin/env python3
"""How close an LSTM, windowed attention and our models come to devices, each trained for as long on the same audio.

    memory_accuracy.py [--continuo PROGRAM] [--player PROGRAM] [--audio FOLDER] [--work FOLDER] [--minutes M] [RUN...]

The LSTM and the attention are those whose cost memory_cost measures (comparators.h). They are trained here in JAX, each
for M minutes of one core's processor time; ours by `continuo train --threads 1 --minutes M`, whose minutes are those of
the clock, which give it no more. What the LSTM and attention make of the test audio comes from play_comparator, the code
that was timed, and has to be what JAX makes of it. Before that a few learning rates are tried on each device for a fifth
of the time each; the one that is best on the held-out tenth of the training audio is used.

A run that is done is kept in the work folder and not done again; memory.py writes the page from there. `--list` names
the runs; without any named, all are done. `--audio`, or the environment variable CONTINUO_AUDIO, names the folder of
the recordings, which are not part of this project; without it the script says so and ends.

Needs Python 3.11, numpy, soundfile and jax (0.10; a processor is enough), which nothing else of this project needs.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

# Before JAX is loaded: one thread.
os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy  # noqa: E402

from accuracy import PROJECT, Bench, Skip, best_fixed_gain_esr, esr  # noqa: E402
from guitar_rig import quietly, read, write  # noqa: E402

# Device: whether it remembers, so that stretches of training audio are long; the models.
DEVICES = {
    "ts9": (False, ["lstm", "attention-64", "stack"]),
    "jvm410h": (False, ["lstm", "attention-64", "stack"]),
    "comp_pr65_piano": (True, ["lstm", "attention-64", "attention-384", "attention-1504", "stack", "gain"]),
    "limit_pr80_guitar": (True, ["lstm", "attention-384", "stack", "gain"]),
}
RATES = {"lstm": (0.02, 0.04, 0.08), "attention": (0.005, 0.01, 0.02)}  # tried first
COMPARED = 2048 * 32  # samples at the start of what is scored that JAX plays, too
CHECKS = 30  # times that the held-out tenth is played while a comparator trains
SILENCE = 4096 * 32  # samples that every model hears first: it starts at rest


class Recording:
    """A device's audio: the clips that train; what is played from rest, and which part of it is tested."""

    def __init__(self, bench: Bench, device: str) -> None:
        def pair(dry: str, wet: str) -> tuple[numpy.ndarray, numpy.ndarray]:
            (dry_signal, self.rate), (wet_signal, _) = read(bench.audio(dry)), read(bench.audio(wet))
            return dry_signal, wet_signal

        if device == "jvm410h":
            clips = {n: pair(*(f"jvm410h/B1_M3_T7_G5_file_{n}_{kind}.flac" for kind in ("dry", "wet"))) for n in (1, 2, 3, 4, 5, 8)}
            self.training = [clips[n] for n in range(1, 6)]
            self.tests = {"esr": (*clips[8], 0)}
        else:
            name = "ts9/" if device == "ts9" else f"la2a/{device}_"
            dry, wet = pair(f"{name}dry.flac", f"{name}wet.flac")
            split = 20 * self.rate if device == "ts9" else len(dry) // 2
            self.training = [(dry[:split], wet[:split])]
            # The test begins in the middle of playing: what came before is heard and not scored.
            self.tests = {"esr": (dry, wet, split)}
            if device == "ts9":
                self.tests["esr_from_rest"] = (dry[split:], wet[split:], 0)

    def tested(self, play) -> dict[str, float]:
        """The ESR of what `play` makes of each test; it gets silence first, and whole tokens, and from where they are scored."""
        result = {}
        for name, (dry, wet, begin) in self.tests.items():
            padded = numpy.concatenate([numpy.zeros(SILENCE), dry, numpy.zeros(-len(dry) % 32)])
            output = play(padded, SILENCE + begin)[SILENCE : SILENCE + len(dry)]
            result[name] = esr(wet[begin:], output[begin:])
        return result

    def best_fixed_gain(self) -> float:
        dry, wet, begin = self.tests["esr"]
        return best_fixed_gain_esr(wet[begin:], dry[begin:])


class Runs:
    def __init__(self, bench: Bench, player: Path, minutes: float) -> None:
        self.bench, self.player, self.minutes = bench, player, minutes

    def best_rate(self, device: str, name: str) -> float:
        """By the held-out tenth, a factor of two apart, until those on both sides of the best are worse. Where a
        device is modelled with several windows, the shortest shares the tries of the next."""
        name = "attention-384" if DEVICES[device][0] and name == "attention-64" else name
        rates = list(RATES[name.split("-")[0]])
        while True:
            tries = {rate: self.bench.once(f"try-{device}-{name}-{rate:g}",
                                           lambda rate=rate: self.trained(device, name, rate, self.minutes / 5, CHECKS // 5)[2])
                     for rate in rates}
            best = min(tries, key=lambda rate: tries[rate]["held_out_esr"])
            if best == max(rates):
                rates.append(2 * best)
            elif best == min(rates):
                rates.append(best / 2)
            else:
                return best

    def trained(self, device: str, name: str, rate: float, minutes: float, checks: int) -> tuple:
        """The model, its learned values and the account of the training."""
        from comparator_training import Attention, Lstm, audio_of, task_of, train

        recording = Recording(self.bench, device)
        audio = audio_of(recording.training, recording.rate)
        model = Lstm if name == "lstm" else Attention(int(name.split("-")[1]))
        parameters, account = train(task_of(model, audio, DEVICES[device][0], seed=0), minutes, rate, checks)
        return model, (parameters, audio.scales), account

    def comparator(self, device: str, name: str) -> dict:
        rate = self.best_rate(device, name)
        model, (parameters, scales), account = self.trained(device, name, rate, self.minutes, CHECKS)
        folder = self.bench.work / f"{device}-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        model.exported(parameters, scales).tofile(folder / "weights.f32")
        differences = []

        def play(dry: numpy.ndarray, scored: int) -> numpy.ndarray:
            dry.astype(numpy.float32).tofile(folder / "input.f32")
            shape = [] if name == "lstm" else ["32", str(model.window)]
            subprocess.run([self.player, str(scored), name.split("-")[0], *shape, folder / "weights.f32", folder / "input.f32",
                            folder / "output.f32"], check=True)
            output = numpy.fromfile(folder / "output.f32", numpy.float32)
            part = slice(scored // 32 * 32, scored // 32 * 32 + COMPARED)
            differences.append(self.difference(model, parameters, scales, dry[: part.stop], output[: part.stop], part))
            return output.astype(numpy.float64)

        figures = Recording(self.bench, device).tested(play)
        return account | figures | {"largest_difference_of_jax": max(differences)}

    @staticmethod
    def difference(model, parameters: dict, scales, dry: numpy.ndarray, output: numpy.ndarray, part: slice) -> float:
        """The largest between play_comparator and JAX, of the largest value; ends the script where they differ by more than rounding."""
        from comparator_training import Lstm

        scaled = (dry * scales.dry).astype(numpy.float32)
        if model is Lstm:
            expected = numpy.asarray(Lstm.play(parameters, Lstm.rest(1), scaled[:, None])[1])[part, 0]
        else:  # as much as its windows reach, and silence before
            begin = max(0, part.start - 2 * model.window * 32)
            expected = numpy.asarray(model.play(parameters, scaled[begin:].reshape(1, -1, 32))).reshape(-1)[part.start - begin:]
        expected = expected / scales.wet
        error = expected - output[part]
        if not numpy.sum(error**2) <= 1e-6 * numpy.sum(expected**2):  # what play_comparator allows itself
            raise SystemExit(f"{model}: play_comparator and JAX differ by {numpy.sum(error**2) / numpy.sum(expected**2):.2g} of the energy")
        return float(numpy.max(numpy.abs(error)) / numpy.max(numpy.abs(expected)))

    def ours(self, device: str, family: str, minutes: float) -> dict:
        recording = Recording(self.bench, device)
        folder = self.bench.work / f"{device}-{family}-{minutes:g}"
        rows = [(write(folder / f"dry_{i}.wav", dry, recording.rate), write(folder / f"wet_{i}.wav", wet, recording.rate), "")
                for i, (dry, wet) in enumerate(recording.training)]
        model = folder / "model.ssm"
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        self.bench.run(self.bench.continuo, "train", "--captures", self.bench.captures(folder.name, rows), "--family", family,
                       "--no-align", "--threads", 1, "--minutes", minutes, "-o", model, "-y", "--json", folder / "training.json")
        used = (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before) / 60.0

        def play(dry: numpy.ndarray, scored: int) -> numpy.ndarray:
            out = folder / "output.wav"
            quietly(self.bench.continuo, "render", "-m", model, write(folder / "input.wav", dry, recording.rate), "-o", out,
                    "-y", "--format", "wav32f", "--quality", "eco")
            return read(out)[0]

        training = json.loads((folder / "training.json").read_text())
        return {"minutes": minutes, "processor_minutes": round(used, 2), "updates": training["steps"],
                "held_out_esr": training["validation_esr"]} | recording.tested(play)

    def run(self, device: str, name: str) -> dict:
        def job() -> dict:
            if name not in ("stack", "gain"):
                return self.comparator(device, name)
            # A fifth of the time, too, as the tries of the others have.
            self.bench.once(f"try-{device}-{name}", lambda: self.ours(device, name, self.minutes / 5))
            return self.ours(device, name, self.minutes)

        return self.bench.once(f"{device}-{name}", lambda: job()
                               | {"device": device, "model": name, "best_fixed_gain": Recording(self.bench, device).best_fixed_gain()})


def main() -> int:
    names = [f"{device}-{name}" for device, (_, models) in DEVICES.items() for name in models]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", metavar="RUN")
    parser.add_argument("--continuo", type=Path, default=PROJECT / "build/ci/models/command/continuo")
    parser.add_argument("--player", type=Path, default=PROJECT / "build/ci/tests/benchmarks/play_comparator")
    parser.add_argument("--audio", type=Path, default=os.environ.get("CONTINUO_AUDIO"))
    parser.add_argument("--work", type=Path, default=PROJECT / "build/memory/accuracy")
    parser.add_argument("--minutes", type=float, default=2.0, help="for each training (default: 2)")
    parser.add_argument("--list", action="store_true", help="name the runs and stop")
    arguments = parser.parse_args()
    if arguments.list:
        print(*names, sep="\n")
        return 0
    if unknown := [name for name in arguments.runs if name not in names]:
        parser.error(f"no such run: {', '.join(unknown)}; --list names them")
    if not arguments.audio:
        print("skipped: needs the recordings; name their folder with --audio or CONTINUO_AUDIO")
        return 77
    for program in (arguments.continuo, arguments.player):
        if not program.exists():
            parser.error(f"{program} is missing; build it with: cmake --preset ci && cmake --build --preset ci --target continuo play_comparator")
    bench = Bench(arguments.continuo.resolve(), Path(arguments.audio).resolve(), arguments.work)
    runs = Runs(bench, arguments.player.resolve(), arguments.minutes)
    try:
        for device, (_, models) in DEVICES.items():
            for name in models:
                if not arguments.runs or f"{device}-{name}" in arguments.runs:
                    runs.run(device, name)
    except Skip as reason:
        print(f"skipped: {reason}")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
