"""The pictures of docs/memory.md, as SVG."""

import math

PER_SAMPLE, PER_FRAME = "attention, a token per sample", "attention, a token per 32 samples"
NAMES = {"stack": "Continuo, tier standard", "gain": "Continuo, gain model", "lstm": "LSTM, 24 units",
         PER_SAMPLE: "attention, a token per sample", PER_FRAME: "attention, a token per 32 samples"}
STYLE = """<style>
svg { --paper: #ffffff; --ink: #24292f; --faint: #d8dee4; --ours: #0b62c4; --lstm: #8a5a00; --sample: #b3261e; --frame: #7a3fb0; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0d1117; --ink: #d5dbe2; --faint: #2d343c; --ours: #6cb2ff; --lstm: #e0a94a; --sample: #ff8a80; --frame: #c79bf2; }
}
text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: var(--ink); }
.paper { fill: var(--paper); }
.grid { stroke: var(--faint); }
.tick { font-size: 12px; }
.line { fill: none; stroke-width: 2.2; }
.ours { stroke: var(--ours); } .lstm { stroke: var(--lstm); } .sample { stroke: var(--sample); } .frame { stroke: var(--frame); }
.limit { stroke: var(--ink); } .line.limit { stroke-width: 1.2; stroke-dasharray: 5 4; }
.name { stroke: none; }
.name.ours, .dot.ours { fill: var(--ours); } .name.lstm, .dot.lstm { fill: var(--lstm); }
.name.sample, .dot.sample { fill: var(--sample); } .name.frame, .dot.frame { fill: var(--frame); }
</style>"""


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


def cost_picture(results: dict) -> str:
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
{STYLE}
<rect class="paper" width="740" height="456"/>
{body}
</svg>
"""
