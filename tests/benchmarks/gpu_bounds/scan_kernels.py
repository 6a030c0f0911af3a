"""The kernels of the scan (models/parallel/scan/device_scan.h), forwards and backwards."""
import math

from kernels import Check, Kernel, Loop, Shape


class Segments:
    """How the scan cuts a signal up, and what a thread does with it. `c` are the constants of a kernel."""
    constants = {"tile": "ScanTile::samples", "tiles": "scan_tiles_per_segment", "warp_chunks": "ScanTile::warp_chunks",
                 "chunk": "ScanTile::chunk", "gradient_tile": "GradientTile::samples",
                 "gradient_chunks": "GradientTile::warp_chunks"}

    def __init__(self, shape: Shape) -> None:
        self.shape, self.modes = shape, 8 if shape.modes <= 8 else 16

    def count(self, c) -> int:
        return math.ceil(self.shape.frames / (c["tile"] * c["tiles"]))

    def blocks(self, c) -> int:
        return self.shape.rows * self.count(c)

    def states(self, c) -> float:
        """Bytes of one state of every segment."""
        return 16 * self.blocks(c) * self.modes

    def tiles(self, c) -> int:
        """Of a row."""
        return math.ceil(self.shape.frames / c["tile"])

    def mean_tiles(self, c, tile: str = "tile") -> float:
        return math.ceil(self.shape.frames / c[tile]) / self.count(c)

    def each(self, c) -> int:
        """Segments that a thread folds."""
        return math.ceil((self.count(c) - 1) / (c["threads"] // self.modes))

    def products(self, c, terms: float, chunks: str = "warp_chunks") -> float:
        """Instructions for products of a warp's chunks: three for each, 16 · 8 · 8 terms in one. terms: of a chunk."""
        return c[chunks] * terms * 3 / 1024

    def into_states(self, c) -> float:
        return c["chunk"] * 2 * self.modes

    def impulse(self, c) -> float:
        """Of the impulse response's 16 × 16 blocks, those below the diagonal and on it."""
        return 256 * (c["chunk"] // 16) * (c["chunk"] // 16 + 1) // 2


def tile_bytes(c, tile: str = "tile") -> float:
    return 4 * c[tile] / c["threads"]


def end_states(cut: Segments, phase: str, segments, tiles, backwards: bool, kept: bool) -> Kernel:
    """segments, tiles: of a row, that have work to do."""
    modes, rows = cut.modes, cut.shape.rows
    mean = lambda c: tiles(c) / segments(c)
    # Kept states, one for each tile of the gradients, are read by the backward pass.
    memory = lambda c: 4 * rows * min(cut.shape.frames, tiles(c) * c["tile"]) + cut.states(c) + \
        (16 * rows * modes * tiles(c) * c["tile"] // c["gradient_tile"] if kept else 0)
    name = "adjoints at ends" if backwards else "states at ends" if kept else "end states"
    return Kernel(name, f"ScanEndStates<{modes}, {str(backwards).lower()}>", phase=phase, constants=cut.constants,
                  blocks=lambda s, c: rows * segments(c), bytes=lambda s, c: memory(c), wanted="HMMA|LDGSTS",
                  loops=[Loop("HMMA", trips=lambda s, c: mean(c), except_last="LDGSTS")],
                  checks=[Check("products on tensor cores", "HMMA",
                                lambda s, c: mean(c) * cut.products(c, cut.into_states(c))),
                          Check("the signal read once", "LDGSTS", lambda s, c: mean(c) * tile_bytes(c), in_bytes=True)])


def fold(cut: Segments, name: str, phase: str, backwards: bool) -> Kernel:
    each = cut.each
    return Kernel(name, f"ScanFold<{cut.modes}, {str(backwards).lower()}>", phase=phase, constants=cut.constants,
                  blocks=lambda s, c: s.rows, bytes=lambda s, c: 2 * cut.states(c), wanted="BAR",
                  loops=[Loop("LDG", lacks="STG", work=lambda s, c: 2 * each(c)), Loop("STG", work=lambda s, c: 2 * each(c)),
                         Loop("DFMA", lacks="LDG", trips=lambda s, c: 1)],  # powers
                  # Short by less than one turn of each loop, which does up to 16 states at once; and by the readout and
                  # the row's end, backwards, which are no loop's.
                  checks=[Check("states read twice", "LDG.E.64", lambda s, c: 4 * each(c), slack=2 * 2 * 15),
                          Check("states written once", "STG.E.64", lambda s, c: 2 * each(c), slack=2 * 15)])


def three_phases(shape: Shape) -> list[Kernel]:
    cut = Segments(shape)
    modes, mean_tiles = cut.modes, cut.mean_tiles
    whole = lambda c: cut.count(c) - 1
    output = lambda c: 2 * cut.into_states(c) + cut.impulse(c)
    return [
        end_states(cut, "1 end states", whole, lambda c: whole(c) * c["tiles"], backwards=False, kept=False),
        fold(cut, "fold", "2 fold", backwards=False),
        Kernel("output", f"ScanOutput<{modes}>", phase="3 output", constants=cut.constants,
               blocks=lambda s, c: cut.blocks(c),
               bytes=lambda s, c: 8 * s.samples + cut.states(c), wanted="HMMA|LDGSTS|STG.E.128",
               loops=[Loop("HMMA", trips=lambda s, c: mean_tiles(c), except_last="LDGSTS")],
               checks=[Check("products on tensor cores", "HMMA", lambda s, c: mean_tiles(c) * cut.products(c, output(c))),
                       Check("the signal read once", "LDGSTS", lambda s, c: mean_tiles(c) * tile_bytes(c), in_bytes=True),
                       Check("the output written once, four samples at a time", "STG",
                             lambda s, c: mean_tiles(c) * tile_bytes(c), in_bytes=True)]),
    ]


def three_phases_backward(shape: Shape) -> list[Kernel]:
    cut = Segments(shape)
    modes = cut.modes
    mean = lambda c: cut.mean_tiles(c, "gradient_tile")
    sums = lambda c: 8 * c["sums"] * cut.blocks(c)  # bytes
    kept = lambda c: 16 * shape.rows * modes * math.ceil(shape.frames / c["gradient_tile"])
    strand = lambda c: shape.batch * cut.count(c) // c["strands"]
    # u and dy into states, both as they are and weighted; dy by the impulse response; q into du; and lags, all pairs of
    # 16 samples of dy and of u.
    gradient = lambda c: 5 * cut.into_states(c) + 2 * cut.impulse(c)
    products = lambda c: mean(c) * cut.products(c, gradient(c), "gradient_chunks")
    tile = lambda c: tile_bytes(c, "gradient_tile")
    return [
        end_states(cut, "b1 states", cut.count, cut.tiles, backwards=False, kept=True),
        # Of a row's segments the first needs none.
        end_states(cut, "b1 adjoints", lambda c: cut.count(c) - 1, lambda c: cut.tiles(c) - c["tiles"], backwards=True,
                   kept=False),
        fold(cut, "fold of states", "b2 folds", backwards=False),
        fold(cut, "fold of adjoints", "b2 folds", backwards=True),
        Kernel("gradients", f"ScanGradients<{modes}>", phase="b3 gradients",
               constants=cut.constants | {"sums": f"ScanSums<{modes}>::count"},
               blocks=lambda s, c: cut.blocks(c),
               bytes=lambda s, c: 12 * s.samples + 2 * cut.states(c) + kept(c) + sums(c),
               wanted="HMMA|LDGSTS|STG.E.128",
               # Eight samples of u after the other; all others run twice.
               loops=[Loop("HMMA", trips=lambda s, c: mean(c), except_last="LDGSTS"),
                      Loop("HMMA", depth=2, exactly=3 * 2 * modes // 4, trips=lambda s, c: c["chunk"] // 8),
                      Loop("HMMA", depth=2, trips=lambda s, c: 2),
                      Loop("DFMA", lacks="LDG", depth=2, trips=lambda s, c: 0),  # a power, none for the first tile
                      Loop("STG.E.64", lacks="HMMA", trips=lambda s, c: 1)],
               checks=[Check("products on tensor cores", "HMMA", lambda s, c: products(c)),
                       Check("two signals read once", "LDGSTS", lambda s, c: 2 * mean(c) * tile(c), in_bytes=True),
                       Check("the gradient written once", "STG.E.128", lambda s, c: mean(c) * tile(c), in_bytes=True)]),
        Kernel("reduction", f"ReduceScanSums<{modes}>", phase="b4 reduction",
               constants=cut.constants | {"sums": f"ScanSums<{modes}>::count",
                                          "strands": f"ReduceScanSums<{modes}>::strands"},
               blocks=lambda s, c: s.channels, bytes=lambda s, c: sums(c), wanted="BAR",
               loops=[Loop("LDG.E.64", work=lambda s, c: strand(c))],
               checks=[Check("sums read once", "LDG.E.64", lambda s, c: strand(c), slack=7)]),
    ]
