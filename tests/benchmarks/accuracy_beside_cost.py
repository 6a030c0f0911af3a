"""The part of docs/memory.md that sets what memory_accuracy.py found beside what memory_cost measured."""

import json
import math
from collections.abc import Callable
from pathlib import Path

from memory_pictures import PER_FRAME, STYLE

DEVICES = {"ts9": "Ibanez TS9 pedal, drive at maximum", "jvm410h": "Marshall JVM410H amplifier, OD1",
           "comp_pr65_piano": "Teletronix LA-2A, compress, piano", "limit_pr80_guitar": "Teletronix LA-2A, limit, guitar"}


def minus(text: str) -> str:
    return text.replace("-", "−")


def decibels(esr: float) -> str:
    return minus(f"{10 * math.log10(esr):.1f} dB")


def grouped(count: int) -> str:
    return f"{count:,}".replace(",", " ")


class Beside:
    """The runs, each with its row of costs."""

    def __init__(self, runs: Path, costs: dict) -> None:
        self.folder = runs
        found = [json.loads(path.read_text()) for path in sorted(runs.glob("*.json")) if not path.name.startswith("try-")]
        self.runs = {(run["device"], run["model"]): run for run in found}
        self.costs = costs["streaming"]

    def cost(self, model: str) -> dict:
        if not model.startswith("attention"):
            return next(row for row in self.costs if row["model"] == model)
        memory = int(model.split("-")[1]) * 2 * 32 / 48000
        return next(row for row in self.costs if row["model"] == PER_FRAME and abs(row["memory_s"] - memory) < 1e-6)

    def name(self, model: str) -> str:
        names = {"stack": "Continuo, standard", "gain": "Continuo, gain model", "lstm": "LSTM, 24 units"}
        return names.get(model) or f"attention, {self.cost(model)['memory_s']:.2g} s"

    def models_of(self, device: str) -> list[str]:
        """By cost."""
        return sorted((model for other, model in self.runs if other == device), key=lambda model: self.cost(model)["ns_per_sample"])

    def devices(self) -> list[str]:
        return [device for device in DEVICES if self.models_of(device)]

    def rows(self, digits: Callable[[float], str]) -> list[list[str]]:
        rows = []
        for device in self.devices():
            for model in self.models_of(device):
                run, cost = self.runs[device, model], self.cost(model)
                esr = f"{run['esr']:.2g} ({decibels(run['esr'])})"
                if "esr_from_rest" in run:
                    esr += f"; from rest {decibels(run['esr_from_rest'])}"
                rows.append([DEVICES[device], self.name(model), grouped(cost["parameters"]),
                             f"{cost['memory_s']:.2g} s" if cost["memory_s"] else "no end", f"{run['minutes']:g}",
                             grouped(run["updates"]), f"{run['held_out_esr']:.2g}", esr, digits(cost["ns_per_sample"])])
            gain = self.runs[device, self.models_of(device)[0]]["best_fixed_gain"]
            rows.append([DEVICES[device], "best fixed gain", "1", "0 s", "", "", "", f"{gain:.2g} ({decibels(gain)})", ""])
        return rows

    def findings(self, digits: Callable[[float], str]) -> list[str]:
        """What the figures say, whatever that is."""
        closest = [min(self.models_of(device), key=lambda model: self.runs[device, model]["esr"]) for device in self.devices()]
        result = ["The closest: " + ", ".join(f"{self.name(model)} on {closest.count(model)}" for model in dict.fromkeys(closest))
                  + f" of {len(closest)} devices, one seed each."]
        for device in self.devices():
            ordered = sorted(self.models_of(device), key=lambda model: self.runs[device, model]["esr"])
            parts = [f"{self.name(model)} {decibels(self.runs[device, model]['esr'])} at {digits(self.cost(model)['ns_per_sample'])} ns"
                     for model in ordered]
            result.append(f"{DEVICES[device]}, the closest first: {'; '.join(parts)}.")
        for device in self.devices():
            windows = [model for model in self.models_of(device) if model.startswith("attention")]
            if len(windows) > 1:
                way = "; ".join(f"{self.cost(model)['memory_s']:.2g} s {decibels(self.runs[device, model]['esr'])}, "
                                f"{digits(self.cost(model)['ns_per_sample'])} ns" for model in windows)
                result.append(f"{DEVICES[device]}, attention by its memory: {way}. A longer window gets fewer updates in the "
                              f"same time, so this is what the time buys and not what such a window can reach.")
        return result

    def rates(self) -> str:
        """The learning rates that were taken."""
        result = []
        for device in self.devices():
            parts = [f"{self.name(model)}: {self.runs[device, model]['learning_rate']:g}" for model in self.models_of(device)
                     if "learning_rate" in self.runs[device, model]]
            result += [f"{DEVICES[device]} ({'; '.join(parts)})"] if parts else []
        return ", ".join(result)

    def longer(self) -> list[str]:
        """What five times the time did to the held-out ESR, from the best of the tries."""
        result = []
        for device in self.devices():
            parts = []
            for model in self.models_of(device):
                tries = [json.loads(path.read_text())["held_out_esr"] for path in
                         sorted(self.folder.glob(f"try-{device}-{model}-*.json")) + sorted(self.folder.glob(f"try-{device}-{model}.json"))]
                if tries and (device, model) in self.runs:
                    parts.append(f"{self.name(model)} {decibels(min(tries))} → {decibels(self.runs[device, model]['held_out_esr'])}")
            if parts:
                result.append(f"{DEVICES[device]}: {'; '.join(parts)}")
        return result

    def picture(self) -> str:
        """ns per sample against ESR in dB, a panel per device."""
        devices = self.devices()
        errors = [10 * math.log10(run["esr"]) for run in self.runs.values()]
        floor = 10 * math.floor(min(errors) / 10 - 0.4)  # room for a name below the lowest
        width, height, left, top, panel_width, panel_height = 740, 40 + 250 * math.ceil(len(devices) / 2), 62, 72, 290, 176
        low, high = 10.0, 1000.0

        def panel(device: str, x0: float, y0: float) -> list[str]:
            def x(nanoseconds: float) -> float:
                return x0 + math.log(nanoseconds / low) / math.log(high / low) * panel_width

            def y(level: float) -> float:
                return y0 + level / floor * panel_height

            parts = [f'<text x="{x0}" y="{y0 - 10}">{DEVICES[device]}</text>']
            for nanoseconds in (10, 20, 50, 100, 200, 500, 1000):
                parts += [f'<path class="grid" d="M{x(nanoseconds):.1f} {y0}V{y0 + panel_height}"/>',
                          f'<text class="tick" x="{x(nanoseconds):.1f}" y="{y0 + panel_height + 17}" text-anchor="middle">{f"{nanoseconds} ns" if nanoseconds < 1000 else "1 µs"}</text>']
            for level in range(0, floor - 1, -10):
                parts += [f'<path class="grid" d="M{x0} {y(level):.1f}H{x0 + panel_width}"/>',
                          f'<text class="tick" x="{x0 - 6}" y="{y(level) + 4:.1f}" text-anchor="end">{minus(f"{level} dB")}</text>']
            models = self.models_of(device)
            gain = 10 * math.log10(self.runs[device, models[0]]["best_fixed_gain"])
            parts += [f'<path class="line limit" d="M{x0} {y(gain):.1f}H{x0 + panel_width}"/>',
                      f'<text class="tick" x="{x0 + 5}" y="{y(gain) - 6:.1f}">best fixed gain</text>' if gain < -6 else
                      f'<text class="tick" x="{x0 + panel_width - 5}" y="{y(gain) + 15:.1f}" text-anchor="end">best fixed gain</text>']
            places = {model: (x(self.cost(model)["ns_per_sample"]), y(10 * math.log10(self.runs[device, model]["esr"]))) for model in models}
            windows = [model for model in models if model.startswith("attention")]
            if len(windows) > 1:
                points = " ".join(f"{places[model][0]:.1f},{places[model][1]:.1f}" for model in windows)
                parts.append(f'<polyline class="line frame" points="{points}"/>')
            for model in models:
                kind = "frame" if model in windows else "lstm" if model == "lstm" else "ours"
                px, py = places[model]
                # An LSTM and attention may cost the same, so each kind has a side of its own.
                name, dx, dy, anchor = {"lstm": ("LSTM", 8, 4, "start"), "stack": ("standard", 0, 17, "middle"),
                                        "gain": ("gain model", 0, 17, "middle")}.get(model) or (
                                            f"{self.cost(model)['memory_s']:.2g} s", 0, -9, "middle")
                parts += [f'<circle class="dot {kind}" cx="{px:.1f}" cy="{py:.1f}" r="4"/>',
                          f'<text class="name tick {kind}" x="{px + dx:.1f}" y="{py + dy:.1f}" text-anchor="{anchor}">{name}</text>']
            return parts

        body = []
        for kind, name, x in (("ours", "Continuo", 62), ("lstm", "LSTM, 24 units", 152), ("frame", "attention, by how far back it hears", 280)):
            body += [f'<circle class="dot {kind}" cx="{x + 4}" cy="22" r="4"/>', f'<text class="name {kind}" x="{x + 14}" y="26.5">{name}</text>']
        for i, device in enumerate(devices):
            body += panel(device, left + (i % 2) * 358, top + (i // 2) * 250)
        return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="ESR against time per sample for each device">
{STYLE}
<rect class="paper" width="{width}" height="{height}"/>
{chr(10).join(body)}
</svg>
"""
