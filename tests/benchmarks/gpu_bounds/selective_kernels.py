"""The kernels of the selective scan (models/parallel/scan/selective/device_selective_scan.h), forwards and backwards."""
import math

from kernels import Check, Kernel, Loop, Shape

BROADCAST = "LD[GS]"  # B, C, and signals where threads have one mode each
EXPONENTIAL_MINUS_ONE, EXPONENTIAL = 10, 16  # fused operations: of exponential_minus_one(), and of exponential() in double


def turns(total: int, each: int, at_once: int) -> int:
    """Of all loops that take `at_once` of their part, where `total` is cut into parts of `each`."""
    return total // each * math.ceil(each / at_once) + math.ceil(total % each / at_once)


class Cut:
    """How the selective scan cuts a signal up. `c` are the constants of a kernel."""
    constants = {"segment": "selective_segment_frames", "run": "selective_run_segments", "chunk": "selective_chunk_frames"}

    def __init__(self, shape: Shape) -> None:
        if shape.modes not in (4, 8, 16):
            raise SystemExit("the bounds of the selective scan are for 4, 8 or 16 modes, those of its kernels")
        self.shape, self.modes = shape, shape.modes

    def segments(self, c) -> int:
        return math.ceil(self.shape.frames / c["segment"])

    def runs(self, c) -> int:
        return math.ceil(self.segments(c) / c["run"])

    def chunks(self, c) -> int:
        return math.ceil(self.shape.frames / c["chunk"])

    def selection(self) -> float:
        """Bytes of B, or of C."""
        return 4 * self.shape.batch * self.shape.frames * self.modes

    def ends(self, c) -> float:
        """Bytes of one state of every segment, and of its ΣΔ."""
        return 8 * self.shape.rows * self.segments(c) * (self.modes + 1)

    def checkpoints(self, c) -> float:
        """Bytes of a state and an adjoint of every chunk, and of ΣΔ before it and behind it."""
        return 8 * self.shape.rows * self.chunks(c) * (self.modes + 1)


def segment(cut: Cut, output: bool) -> Kernel:
    modes, shape = cut.modes, cut.shape
    fours = lambda c: turns(shape.frames, c["segment"], 4) / cut.segments(c)
    signals, selections = (3, 2) if output else (2, 1)
    return Kernel(
        "output" if output else "end states", f"SelectiveSegment<{modes}, {str(output).lower()}>", constants=cut.constants,
        blocks=lambda s, c: s.rows * cut.segments(c) / c["threads"],
        bytes=lambda s, c: 4 * signals * s.samples + selections * cut.selection() + cut.ends(c), wanted="LDG.E.128|STG.E.128",
        broadcast=BROADCAST,
        loops=[Loop("FFMA", trips=lambda s, c: fours(c))],
        checks=[Check("signals, B and C read, four at a time", "LDG.E.128",
                      lambda s, c: fours(c) * 16 * (2 + selections * modes), in_bytes=True),
                Check("one exponential for each sample and mode, and the steps", "FFMA",
                      lambda s, c: fours(c) * 4 * modes * (EXPONENTIAL_MINUS_ONE + (2 if output else 1))),
                *([Check("the output written once", "STG", lambda s, c: fours(c) * 16, in_bytes=True)] if output else [])])


def runs(cut: Cut, name: str, adjoints: bool, begin: bool) -> Kernel:
    mean = lambda c: turns(cut.segments(c), c["run"], 4) / cut.runs(c)
    return Kernel(
        name, f"SelectiveRuns<{cut.modes}, {str(adjoints).lower()}, {str(begin).lower()}>", constants=cut.constants,
        blocks=lambda s, c: s.rows * cut.runs(c) * cut.modes / c["threads"],
        bytes=lambda s, c: cut.ends(c) * (2 if begin else 1), wanted="DFMA|STG.E.64",
        loops=[Loop("DFMA", trips=lambda s, c: mean(c))],
        checks=[Check("states and ΣΔ read once", "LDG.E.64", lambda s, c: mean(c) * 4 * 2 + (1 if begin else 0), slack=1),
                Check("an exponential and a step for each", "DFMA", lambda s, c: mean(c) * 4 * (EXPONENTIAL + 1))])


def fold(cut: Cut, name: str, launches: int = 1) -> Kernel:
    each = lambda c: math.ceil(cut.runs(c) / c["strands"])
    mean = lambda c: turns(cut.runs(c), each(c), 4) / c["strands"]
    return Kernel(
        name, f"SelectiveFold<{cut.modes}>", launches=launches, broadcast=BROADCAST,
        constants=cut.constants | {"strands": f"SelectiveFold<{cut.modes}>::strands"},
        blocks=lambda s, c: s.rows, bytes=lambda s, c: 3 * 8 * s.rows * cut.runs(c) * (cut.modes + 1),
        wanted="BAR|DFMA|STG.E.64",
        loops=[Loop("LDG", trips=lambda s, c: mean(c)),
               # Over the strands before: a mean.
               Loop("DFMA", lacks="LDG", work=lambda s, c: (EXPONENTIAL + 1) * (c["strands"] - 1) / 2)],
        checks=[Check("states and ΣΔ of runs read twice, before and after those of other strands", "LDG.E.64",
                      lambda s, c: 2 * mean(c) * 4 * 2)])


def selective_forward(shape: Shape) -> list[Kernel]:
    cut = Cut(shape)
    return [segment(cut, output=False), runs(cut, "runs", False, begin=False), fold(cut, "fold of runs"),
            runs(cut, "runs again", False, begin=True), segment(cut, output=True)]


def selective_backward(shape: Shape) -> list[Kernel]:
    cut, modes = Cut(shape), shape.modes
    mean_chunks = lambda c: cut.chunks(c) / cut.segments(c)
    own = 4  # modes of a thread
    tiles = lambda c: shape.batch * math.ceil(shape.frames / c["tile_frames"])
    parts = lambda c: min(tiles(c), 128)
    each = lambda c: math.ceil(tiles(c) / parts(c))
    columns = shape.channels * modes
    groups = lambda c: math.ceil(columns / c["columns"])
    tile = {"tile_frames": f"SelectiveGradient<{modes}>::tile_frames"}
    sums = {"constants": cut.constants | tile | {"columns": "SelectiveDecaySums::columns",
                                                 "strands": "SelectiveDecaySums::strands"}, "wanted": "BAR"}
    read = lambda rows: {"loops": [Loop("LDG", work=lambda s, c: rows(c) // c["strands"])],
                         "checks": [Check("shares read once", "LDG.E.64", lambda s, c: rows(c) // c["strands"], slack=3)]}
    # Of a step: the exponential, the state and how far it is, dC; C dy and the adjoint; dB and dA.
    of_step, of_ends = EXPONENTIAL_MINUS_ONE + 3 + 2 + 2, 2 * (EXPONENTIAL_MINUS_ONE + 1)
    return [
        Kernel("checkpoints", f"SelectiveCheckpoints<{modes}>", constants=cut.constants,
               blocks=lambda s, c: s.rows * cut.segments(c) * modes / own / c["threads"],
               bytes=lambda s, c: 12 * s.samples + 2 * cut.selection() + cut.checkpoints(c) + 2 * cut.ends(c),
               wanted="LDG.E.128|STG.E.128", broadcast=BROADCAST,
               loops=[Loop("LDG.E.128", trips=lambda s, c: mean_chunks(c)),
                      Loop("LDG.E.128", depth=2, trips=lambda s, c: c["chunk"] / 4),
                      Loop("STG.E.128", lacks="LDG.E.128", trips=lambda s, c: mean_chunks(c))],
               checks=[Check("signals, B and C read, four at a time", "LDG.E.128",
                             lambda s, c: mean_chunks(c) * c["chunk"] / 4 * 16 * (3 + 2 * 4), in_bytes=True),
                       Check("a state and an adjoint of each chunk written", "STG.E.128",
                             lambda s, c: mean_chunks(c) * 2 * 16, in_bytes=True),
                       Check("one exponential for each sample and mode, three steps, and the fold of chunks", "FFMA",
                             lambda s, c: mean_chunks(c) * own * (c["chunk"] * (EXPONENTIAL_MINUS_ONE + 3)
                                                                  + EXPONENTIAL_MINUS_ONE + 1))]),
        runs(cut, "runs of states", False, begin=False), runs(cut, "runs of states again", False, begin=True),
        runs(cut, "runs of adjoints", True, begin=False), runs(cut, "runs of adjoints again", True, begin=True),
        fold(cut, "folds of runs, both", launches=2),
        Kernel("gradient", f"SelectiveGradient<{modes}>", constants=cut.constants | tile,
               blocks=lambda s, c: tiles(c),
               bytes=lambda s, c: 20 * s.samples + 4 * cut.selection() + cut.checkpoints(c) + 2 * cut.ends(c)
               + 8 * columns * tiles(c), wanted="FFMA|STG", broadcast=BROADCAST,
               loops=[Loop("BAR", trips=lambda s, c: s.channels),
                      Loop("STS", lacks="BAR", work=lambda s, c: 2 * c["tile_frames"] * modes // c["threads"])],
               checks=[Check("du, dΔ, dB and dC written once", r"STG\.E$",
                             lambda s, c: 4 * (2 * s.channels + 2 * c["chunk"]), in_bytes=True),
                       Check("one exponential for each sample and mode, the steps, and those of the ends", "FFMA",
                             lambda s, c: s.channels * (c["chunk"] * of_step + of_ends))]),
        Kernel("sums of dA", "SelectiveDecaySums", blocks=lambda s, c: parts(c) * groups(c),
               bytes=lambda s, c: 8 * columns * tiles(c), **read(each), **sums),
        Kernel("sums of dA, the rest", "SelectiveDecaySums", blocks=lambda s, c: groups(c),
               bytes=lambda s, c: 8 * columns * math.ceil(tiles(c) / each(c)),
               **read(lambda c: math.ceil(tiles(c) / each(c))), **sums),
    ]
