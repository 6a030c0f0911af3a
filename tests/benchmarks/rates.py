#!/usr/bin/env python3
"""One model at every sample rate and quality, measured against a device that is known at every rate.

    rates.py [--continuo PROGRAM] [--work FOLDER] [--steps N] [--write]

The device is a two-stage overdrive simulated at 384 kHz, where its own aliasing is out of the way; what goes in and
what comes out are then brought to each rate. A model is trained at 48 kHz alone, once with each activation, and plays
phrases that it has not heard at the other rates. `--write` writes docs/rates.md. What is done is kept in the work
folder and not done again. Beside it stands the same model at 48 kHz between resamplers (`render --resample`), with what
both cost in time.

Needs Python 3.11, numpy, scipy and soundfile, and what cmake/run-demo.sh installs; some ten minutes on two cores.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import numpy
from scipy import signal

PROJECT = Path(__file__).resolve().parents[2]
sys.path.append(str(PROJECT / "cmake"))
sys.path.append(str(PROJECT / "tests/benchmarks"))
from accuracy import esr  # noqa: E402
from guitar_rig import phrases, quietly, read, write  # noqa: E402

DEVICE_RATE, TRAINED_RATE = 384000, 48000
RATES = [44100, 48000, 88200, 96000, 192000]
TIMED = "isru"  # the model whose renderings are timed
TIMES = 3  # renderings of each that is timed; the shortest counts
RESPONSE_RATES = [44100, 88200, 96000, 176400, 192000, 384000]
QUALITIES = ["eco", "normal", "high", "offline"]
ACTIVATIONS = ["isru", "tanh"]
SINES = [1245, 2637, 4186]  # Hz
HOT = 0.5  # peak of the sines: the loudest of the phrases reach it
TEST_SECONDS = 20


def resample(x: numpy.ndarray, rate: int, to: int) -> numpy.ndarray:
    """Linear phase, flat to 20 kHz, 120 dB down above half of the lower rate."""
    if rate == to:
        return x
    common = math.gcd(rate, to)
    up, down = to // common, rate // common
    lower = min(rate, to) / 2
    width = min(lower - 20000, 4000) / (rate * up / 2)
    taps, beta = signal.kaiserord(120, width)
    cutoff = (lower - min(lower - 20000, 4000) / 2) / (rate * up / 2)
    return signal.resample_poly(x, up, down, window=signal.firwin(taps | 1, cutoff, window=("kaiser", beta)))


def device(x: numpy.ndarray) -> numpy.ndarray:
    """An overdrive pedal in two stages, at DEVICE_RATE."""
    def first_order(kind: str, hertz: float, y: numpy.ndarray) -> numpy.ndarray:
        return signal.lfilter(*signal.butter(1, hertz, kind, fs=DEVICE_RATE), y)

    y = first_order("low", 9000, first_order("high", 120, x))
    y = numpy.tanh(14 * y + 0.3) - math.tanh(0.3)
    y = first_order("low", 5000, first_order("high", 35, y))
    y = numpy.tanh(2.5 * y - 0.15) + math.tanh(0.15)
    y = signal.lfilter(*signal.butter(2, 7500, "low", fs=DEVICE_RATE), y)
    return 0.5 * first_order("high", 20, y)


class Bench:
    def __init__(self, continuo: Path, work: Path, steps: int) -> None:
        self.continuo, self.work, self.steps = continuo, work, steps
        work.mkdir(parents=True, exist_ok=True)

    def pair(self, rate: int) -> tuple[Path, Path]:
        """What goes into the device and what comes out, at `rate`."""
        names = self.work / f"dry_{rate}.wav", self.work / f"wet_{rate}.wav"
        if not names[1].exists():
            dry = read(phrases(self.work / "phrases.wav", "--seconds", 100, "--sound", "both"))[0]
            dry = resample(HOT * dry / numpy.max(numpy.abs(dry)), 48000, DEVICE_RATE)
            wet = device(dry)
            for each in sorted({*RATES, TRAINED_RATE}):
                write(self.work / f"dry_{each}.wav", resample(dry, DEVICE_RATE, each), each)
                write(self.work / f"wet_{each}.wav", resample(wet, DEVICE_RATE, each), each)
        return names

    def model(self, activation: str) -> Path:
        model = self.work / f"{activation}.ssm"
        if not model.exists():
            dry, wet = (read(path)[0][: -TEST_SECONDS * TRAINED_RATE] for path in self.pair(TRAINED_RATE))
            quietly(self.continuo, "train", "--dry", write(self.work / "train_dry.wav", dry, TRAINED_RATE), "--wet",
                    write(self.work / "train_wet.wav", wet, TRAINED_RATE), "-o", model, "-y", "--activation", activation,
                    "--steps", self.steps, "--no-align")
        return model

    def render(self, activation: str, x: numpy.ndarray, rate: int, quality: str, *options: str) -> numpy.ndarray:
        dry, out = write(self.work / "in.wav", x, rate), self.work / "out.wav"
        quietly(self.continuo, "render", "-m", self.model(activation), dry, "-o", out, "-y", "--format", "wav32f",
                "--quality", quality, *options)
        return read(out)[0]

    def seconds(self, activation: str, rate: int, *options: str) -> float:
        """What rendering the phrases at normal quality takes on one thread, with reading and writing the file."""
        report = self.work / "report.json"
        quietly(self.continuo, "render", "-m", self.model(activation), self.pair(rate)[0], "-o", self.work / "out.wav",
                "-y", "--format", "wav32f", "--quality", "normal", "--jobs", 1, "--json", report, *options)
        return json.loads(report.read_text())["seconds"]


def errors(bench: Bench, activation: str) -> dict:
    """ESR on the phrases that were not heard in training, in their context."""
    result = {}
    for rate in RATES:
        dry, wet = (read(path)[0] for path in bench.pair(rate))
        for quality in QUALITIES if rate == TRAINED_RATE else QUALITIES[:3] if rate < TRAINED_RATE else QUALITIES[:2]:
            output = bench.render(activation, dry, rate, quality)
            test = slice(-TEST_SECONDS * rate, None)
            result[f"{rate} {quality}"] = esr(wet[test], output[test])
        if rate != TRAINED_RATE:
            output = bench.render(activation, dry, rate, "normal", "--resample")
            result[f"{rate} normal, resampled"] = esr(wet[test], output[test])
    return result


def costs(bench: Bench, activation: str) -> dict:
    """Seconds of rendering, of the model moved to the rate and of it between resamplers, in turn."""
    result = {}
    for rate in RATES:
        if rate != TRAINED_RATE:
            times = [(bench.seconds(activation, rate), bench.seconds(activation, rate, "--resample"))
                     for _ in range(TIMES)]
            moved, resampled = (min(column) for column in zip(*times))
            result[str(rate)] = {"moved": moved, "resampled": resampled}
    return result


def responses(bench: Bench, activation: str) -> dict:
    """The largest difference of the response to a small signal from that at the trained rate, dB."""
    partials = numpy.unique(numpy.geomspace(20, 20000, 60).round().astype(int))  # Hz; in one second each is one bin
    phases = numpy.random.default_rng(1).uniform(0, 2 * numpy.pi, len(partials))

    def response(rate: int, quality: str) -> numpy.ndarray:
        time = numpy.arange(3 * rate) / rate
        quiet = sum(2e-4 * numpy.sin(2 * numpy.pi * hertz * time + phase) for hertz, phase in zip(partials, phases))
        settled = bench.render(activation, quiet, rate, quality)[rate:2 * rate]
        return numpy.abs(numpy.fft.rfft(settled))[partials] / rate

    own = response(TRAINED_RATE, "eco")
    result = {}
    for rate in RESPONSE_RATES:
        for quality in ("eco", "normal"):
            level = numpy.abs(20 * numpy.log10(response(rate, quality) / own))
            result[f"{rate} {quality}"] = {str(top): float(level[partials <= top].max()) for top in (10000, 16000, 20000)}
    return result


def aliases(bench: Bench, activation: str) -> dict:
    """What is no harmonic of a hot sine, up to 20 kHz, relative to what is, dB."""
    result = {}
    for hertz in SINES:
        time = numpy.arange(2 * TRAINED_RATE) / TRAINED_RATE
        for quality in QUALITIES:
            output = bench.render(activation, HOT * numpy.sin(2 * numpy.pi * hertz * time), TRAINED_RATE, quality)
            power = numpy.abs(numpy.fft.rfft(output[-TRAINED_RATE:])) ** 2  # one second: every partial is one bin
            power[:20] = 0
            harmonic = numpy.arange(len(power)) % hertz == 0
            band = numpy.arange(len(power)) <= 20000
            result[f"{hertz} {quality}"] = 10 * math.log10(power[band & ~harmonic].sum() / power[band & harmonic].sum())
    return result


def decibels(ratio: float) -> str:
    return f"{10 * math.log10(ratio):.1f} dB".replace("-", "−")


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def worst_normal(results: dict) -> float:
    """How much worse than at its own rate without oversampling a model with tanh is at quality normal, dB."""
    found = results["tanh"]["errors"]
    return max(10 * math.log10(found[f"{rate} normal"] / found[f"{TRAINED_RATE} eco"]) for rate in RATES)


def page(results: dict) -> str:
    error_rows = [[f"{int(rate) / 1000:g} kHz", quality]
                  + [f"{results[a]['errors'][key]:.2g} ({decibels(results[a]['errors'][key])})" for a in ACTIVATIONS]
                  for key in results["isru"]["errors"] for rate, quality in [key.split(maxsplit=1)]]
    cost_rows = [[f"{int(rate) / 1000:g} kHz", f"{times['moved']:.2f} s", f"{times['resampled']:.2f} s",
                  f"{times['resampled'] / times['moved']:.1f}×"] for rate, times in results["costs"].items()]
    response_rows = [[f"{int(key.split()[0]) / 1000:g} kHz", key.split()[1]]
                     + [" / ".join(f"{value:.2f}" for value in results[a]["responses"][key].values()) for a in ACTIVATIONS]
                     for key in results["isru"]["responses"]]
    alias_rows = [[quality] + [" / ".join(f"{results[a]['aliases'][f'{hertz} {quality}']:.0f}".replace("-", "−")
                                          for hertz in SINES) for a in ACTIVATIONS] for quality in QUALITIES]
    heads = [f"{a}" for a in ACTIVATIONS]
    return f"""# One model at every sample rate

A state-space model is continuous in time, so one that was trained at 48 kHz plays at any other rate: its poles move exactly, and what each layer reads out of them is fitted anew ([model.md](model.md), section 2). Here a device is simulated at 384 kHz (two stages of overdrive with filters between them), so that it is known at every rate; models of tier standard are trained on {round(100 - TEST_SECONDS)} s of guitar at 48 kHz in {results['steps']} steps and tested on {TEST_SECONDS} s of other phrases. Quality is the oversampling of `render --quality` and of the plug-in: eco 1×, normal 2×, high 4×, offline 8×. `tanh` is the activation that `train` uses unless told otherwise, `isru` the anti-aliased one. The curves of the device are tanh, too, which favours a model with tanh at 48 kHz; on recorded devices the two fit alike (section 7).

The device is learned to −70 dB, so the table shows what a change of rate adds where nothing else is left to hear: at quality normal a model with tanh is at every rate within {worst_normal(results):.1f} dB of its own error at 48 kHz without oversampling. A model whose own error is −30 dB becomes worse by less than a hundredth of a dB.

## Error against the device, ESR

{table(["rate", "quality", *heads], error_rows)}

Rows with *resampled* are the fall-back, `render --resample`: the audio is brought to 48 kHz, played there at that quality, and brought back (libsamplerate, its best sinc). A model with tanh gains nothing by it to speak of; one with isru comes up to 2 dB closer, because its small deviation at other rates (section 7) is left out. What it costs is below.

What it takes to render {results['seconds']} s of mono with the {TIMED} model at quality normal on one thread, with reading and writing the file: the shortest of {TIMES} runs each, taken in turn.

{table(["rate", "at the rate", "between resamplers", "ratio"], cost_rows)}

## Response to a small signal

The largest difference in level from the model's own at 48 kHz, from 20 Hz to 10 / 16 / 20 kHz, in dB.

{table(["rate", "quality", *heads], response_rows)}

## Aliases

A sine of {HOT} at {" / ".join(str(s) for s in SINES)} Hz at 48 kHz: everything up to 20 kHz that is no harmonic, relative to what is, in dB.

{table(["quality", *heads], alias_rows)}

## Doing it again

    python3 -m venv .venv && .venv/bin/pip install numpy scipy soundfile
    .venv/bin/python tests/benchmarks/rates.py --write
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--continuo", type=Path, default=PROJECT / "build/release/models/command/continuo")
    parser.add_argument("--work", type=Path, default=PROJECT / "build/rates")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    bench = Bench(arguments.continuo, arguments.work, arguments.steps)
    played = read(bench.pair(TRAINED_RATE)[0])[0]
    results: dict = {"steps": arguments.steps, "seconds": round(len(played) / TRAINED_RATE)}
    for activation in ACTIVATIONS:
        results[activation] = {"errors": errors(bench, activation), "responses": responses(bench, activation),
                               "aliases": aliases(bench, activation)}
        print(json.dumps({activation: results[activation]}, indent=1), flush=True)
    results["costs"] = costs(bench, TIMED)
    print(json.dumps({"costs": results["costs"]}, indent=1), flush=True)
    (arguments.work / "results.json").write_text(json.dumps(results, indent=1))
    if arguments.write:
        (PROJECT / "docs/rates.md").write_text(page(results))


if __name__ == "__main__":
    main()
