#!/usr/bin/env python3
"""Makes the models of this folder again, and the card that lies beside each.

    make_zoo.py [--continuo PROGRAM] [--audio FOLDER] [--work FOLDER] [MODEL...]

Without names it makes all of them, some five minutes each on two cores; the same audio gives the same bits. Models of
the guitarix devices are made from scratch; those of measured devices need their recordings, which are not part of this
project: `--audio`, or the environment variable CONTINUO_AUDIO, names their folder, and without it these models are left
as they are.

Needs Python 3.11, numpy, soundfile, and what `cmake/install-packages.sh demo` installs.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Callable, NamedTuple

import numpy

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.path.append(str(PROJECT / "cmake"))
from guitar_rig import GUITARIX, RATE, phrases, play_through, quietly, read, write  # noqa: E402

GUITARIX_SOURCE = "Simulated: the LV2 plug-in {} of guitarix 0.44 (Debian 12), played and recorded by us."
SECONDS_PER_SETTING = 40  # of phrases, and again of `continuo excite`


class Row(NamedTuple):
    """A recording of a device at one setting of its knobs."""

    dry: Path
    wet: Path
    split: str
    knobs: dict[str, float]


class Device(NamedTuple):
    file: str
    name: str
    gear: str
    author: str
    licence: str
    source: str  # where the recordings are from, for the card
    steps: int
    no_align: bool
    rows: Callable[["Workshop"], list[Row]]


class Workshop:
    """Where things are."""

    def __init__(self, continuo: Path, audio: Path | None, work: Path) -> None:
        self.continuo, self.audio, self.work = continuo, audio, work


# --- guitarix ---------------------------------------------------------------------------------------------------------


def simulated(uri: str, settings: list[tuple[dict[str, float], dict[str, float]]]) -> Callable:
    """Rows of a guitarix device. `settings`: values of the model's knobs, and of the plug-in's ports for them."""

    def rows(shop: Workshop) -> list[Row]:
        count = len(settings)
        folder = shop.work / uri.split("#")[-1]
        played, _ = read(phrases(shop.work / f"phrases_{count}.wav", "--seconds", count * SECONDS_PER_SETTING,
                                 "--sound", "both"))
        excitation = shop.work / f"excitation_{count}.wav"
        if not excitation.exists():
            quietly(shop.continuo, "excite", "-o", excitation, "--seconds", count * SECONDS_PER_SETTING, "--rate", RATE)
        excited, _ = read(excitation)
        unheard = phrases(shop.work / "unheard.wav", "--set", "unheard", "--seconds", 14, "--sound", "both")
        found = []
        for index, (knobs, ports) in enumerate(settings):
            plugin = [x for port, value in ports.items() for x in ("-c", port, value)] + [GUITARIX + uri]
            parts = [numpy.array_split(x, count)[index] for x in (played, excited)]
            dry = write(folder / f"dry_{index}.wav", numpy.concatenate(parts), RATE)
            found.append(Row(dry, play_through(plugin, dry, folder / f"wet_{index}.wav"), "", knobs))
            found.append(Row(unheard, play_through(plugin, unheard, folder / f"unheard_{index}.wav"), "test", knobs))
        return found

    return rows


def one_knob(uri: str, knob: str, port: str, values: list[float], fixed: dict[str, float]) -> Callable:
    return simulated(uri, [({knob: value}, fixed | {port: value}) for value in values])


# --- measured devices -------------------------------------------------------------------------------------------------

SEGMENT = 8050  # samples; the device starts afresh in each


def klon_rows(shop: Workshop) -> list[Row]:
    """425 segments at each of four gains; every tenth is held out, every fifth of the others tests."""
    found = []
    dry, rate = read(shop.audio / "klon_spice/DataIn_425x8050.flac")
    for gain in (0.0, 0.25, 0.5, 0.75):
        wet, _ = read(shop.audio / f"klon_spice/Data{round(100 * gain)}_425x8050.flac")
        folder = shop.work / "klon" / f"{gain}"
        for index in range(len(dry) // SEGMENT):
            cut = slice(index * SEGMENT, (index + 1) * SEGMENT)
            split = "validation" if index % 10 == 9 else "test" if index % 5 == 0 else "train"
            # Halved: the recordings touch full scale, and `train` refuses what may have been clipped.
            found.append(Row(write(folder / f"dry_{index:03}.wav", dry[cut], rate),
                             write(folder / f"wet_{index:03}.wav", 0.5 * wet[cut], rate), split, {"Gain": gain}))
    return found


def diode_rows(shop: Workshop) -> list[Row]:
    """29 s; the last fifth tests."""
    found = []
    dry, rate = read(shop.audio / "diode_1n4148/dry_50k.flac")
    wet, _ = read(shop.audio / "diode_1n4148/wet_50k.flac")
    end = 4 * len(dry) // 5
    for split, cut in (("", slice(end)), ("test", slice(end, None))):
        name = split or "train"
        found.append(Row(write(shop.work / "diode" / f"dry_{name}.wav", dry[cut], rate),
                         write(shop.work / "diode" / f"wet_{name}.wav", wet[cut], rate), split, {}))
    return found


DEVICES = [
    Device("small-tube-combo", "Small tube combo", "GxRedeye Chump, tube amplifier (guitarix)", "Continuo", "MIT",
           GUITARIX_SOURCE.format("gx_redeye#chump"), 12000, False,
           one_knob("gx_redeye#chump", "Gain", "Gain", [0.1, 0.3, 0.5, 0.7, 0.9], {"Tone": 0.5, "Volume": 0.5})),
    Device("british-preamplifier", "British preamplifier", "GxJCM800pre, tube preamplifier (guitarix)", "Continuo", "MIT",
           GUITARIX_SOURCE.format("gx_jcm800pre_"), 12000, False,
           one_knob("gx_jcm800pre_#_jcm800pre_", "Gain", "P6v", [0.1, 0.3, 0.5, 0.7, 0.9], {})),
    Device("green-overdrive", "Green overdrive", "GxTubeScreamer, overdrive pedal (guitarix)", "Continuo", "MIT",
           GUITARIX_SOURCE.format("gxts9#ts9sim"), 9000, False,
           one_knob("gxts9#ts9sim", "Drive", "fslider2_", [0.0, 0.25, 0.5, 0.75, 1.0],
                    {"fslider0_": 0, "fslider1_": 400})),
    Device("big-fuzz", "Big fuzz", "GxBigMuffFuzz, fuzz pedal (guitarix)", "Continuo", "MIT",
           GUITARIX_SOURCE.format("gx_muff_"), 9000, False,
           simulated("gx_muff_#_muff_", [({}, {"TONE": 0.5, "VOLUME": 0.5})])),
    Device("golden-overdrive", "Golden overdrive", "Klon Centaur, gain stage", "Continuo, from data of J. Chowdhury",
           "BSD-3-Clause", "Circuit simulation (SPICE) driven by a real guitar, published by Jatin Chowdhury under the "
           "BSD 3-clause licence (KlonCentaur; \"A Comparison of Virtual Analog Modelling Techniques for Desktop and "
           "Embedded Implementations\", 2020).", 12000, True, klon_rows),
    Device("diode-clipper", "Diode clipper", "1N4148 diode clipper on a breadboard", "Continuo, from published measurements",
           "BSD-3-Clause", "Measured at 50 kHz on a real circuit, published under the BSD 3-clause licence.", 9000, False,
           diode_rows),
]


# --- making -----------------------------------------------------------------------------------------------------------


def make(shop: Workshop, device: Device) -> None:
    print(f"== {device.file}", flush=True)
    rows = device.rows(shop)
    table = shop.work / f"{device.file}.csv"
    with table.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["dry", "wet", "split", *rows[0].knobs])
        out.writerows((row.dry.resolve(), row.wet.resolve(), row.split, *row.knobs.values()) for row in rows)
    model, result, about = (shop.work / f"{device.file}{end}" for end in (".ssm", ".evaluation.json", ".info.json"))
    as_they_lie = ["--no-align"] if device.no_align else []
    subprocess.run([shop.continuo, "train", "--captures", table, "-o", model, "-y", "--steps", str(device.steps),
                    "--name", device.name, "--gear", device.gear, "--author", device.author, "--licence", device.licence,
                    *as_they_lie], check=True)
    quietly(shop.continuo, "evaluate", "-m", model, "--captures", table, "--json", result, "-y", *as_they_lie)
    about.unlink(missing_ok=True)
    quietly(shop.continuo, "info", model, "--json", about)
    (HERE / f"{device.file}.md").write_text(
        card(device, json.loads(about.read_text()), json.loads(result.read_text())["mean"]["test"]))
    (HERE / f"{device.file}.ssm").write_bytes(model.read_bytes())


def card(device: Device, info: dict, test: dict) -> str:
    knobs = ", ".join(f"{knob['name']}, 0 to 1" for knob in info["knobs"]) or "none"
    count = f" (mean of {test['rows']} recordings)" if test["rows"] > 1 else ""
    return "\n".join([
        f"# {device.name}", "", f"- Device: {device.gear}", f"- Recordings: {device.source}",
        f"- Licence of the model: {device.licence}", f"- Knobs: {knobs}",
        f"- Trained at {info['sample_rate']:g} Hz, {device.steps} steps; tier {info['tier']}, "
        f"{info['parameters']} parameters",
        f"- ESR on audio that it never heard: {test['esr']:.2g}{count}; best fixed gain {test['esr_fixed_gain']:.2g}", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=", ".join(device.file for device in DEVICES))
    parser.add_argument("--continuo", type=Path, default=PROJECT / "build/release/models/command/continuo")
    parser.add_argument("--audio", type=Path, default=os.environ.get("CONTINUO_AUDIO"))
    parser.add_argument("--work", type=Path, default=PROJECT / "build/zoo")
    arguments = parser.parse_args()
    known = {device.file: device for device in DEVICES}
    if unknown := [name for name in arguments.models if name not in known]:
        parser.error(f"no such model: {', '.join(unknown)}; there are {', '.join(known)}")
    arguments.work.mkdir(parents=True, exist_ok=True)
    shop = Workshop(arguments.continuo, arguments.audio, arguments.work)
    for name in arguments.models or known:
        device = known[name]
        if device.rows in (klon_rows, diode_rows) and shop.audio is None:
            print(f"{name}: left as it is: its recordings are needed (--audio)")
            continue
        make(shop, device)


if __name__ == "__main__":
    main()
