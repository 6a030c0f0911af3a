"""The kernels of a training step (models/parallel/stack_gradient_engine.h), for a stack of 8 channels with 8 modes each."""
import math
from dataclasses import dataclass

from kernels import Check, Kernel, Loop


@dataclass(frozen=True)
class Step:
    """Sequences that the trainer asks about at once, and the stack, a tier of models/format/tier.h."""
    sequences: int
    warm_up: int
    scored: int
    through_warm_up: bool  # whether the derivative takes the samples before the scored ones as well
    layers: int = 4
    channels: int = 8
    modes: int = 8

    @property
    def samples(self) -> int:
        """That are learned from: what sets the state before them is work, but does not count."""
        return self.sequences * self.scored

    @property
    def frames(self) -> int:
        return self.warm_up + self.scored

    @property
    def derived(self) -> int:
        return self.frames if self.through_warm_up else self.scored


# docs/training.md: Adam's batch (BatchShape in models/training/objective.h), and the first selection of the quasi-Newton
# search (2¹⁸ samples in pieces, models/training/schedule.cpp).
STEPS = {"Adam": Step(8, 1024, 8192, through_warm_up=False),
         "selection": Step(32, 4096, 8192, through_warm_up=True)}

INCLUDES = ["models/parallel/stack_gradient_engine.h"]
WEIGHTS = "LDS.128|LDG.E"  # which all threads of a warp may read at once
# Fused operations: of a rational tanh and a quarter of a reciprocal (portable.h).
TANH = 7 + 6 / 4


def training_step(step: Step) -> list[Kernel]:
    if (step.channels, step.modes) != (8, 8):
        raise SystemExit("the bounds of a training step are for 8 channels with 8 modes each")
    channels, modes, layers = step.channels, step.modes, step.layers
    samples = {"samples": "samples_per_block"}
    sizes = {"frames": "frames_per_segment", "segments": f"SegmentBlock<{channels}>::segments",
             "tile": f"SegmentBlock<{channels}>::tile", "own": f"SegmentBlock<{channels}>::samples",
             "backward": f"BackwardBlock<{channels}, {modes}>::samples", "items": f"BackwardBlock<{channels}, {modes}>::items",
             "own_channels": f"BackwardBlock<{channels}, {modes}>::own",
             "strands": f"BackwardBlock<{channels}, {modes}>::matrix_strands"}
    sample_blocks = lambda s, c: s.sequences * math.ceil(s.frames / c["samples"])
    forward_blocks = lambda s, c: s.sequences * math.ceil(s.frames / (c["segments"] * c["frames"]))
    backward_blocks = lambda s, c: s.sequences * math.ceil(s.derived / c["backward"])
    folds = lambda s, c: s.sequences * modes * channels / 4
    of_layer = 2 * channels * channels + 3 * channels + 4 * modes * channels  # sums, as CoefficientSumLayout has them
    reduction_blocks = lambda s, c: sum(math.ceil(values / c["columns"]) * times for values, times in (
        (of_layer, layers), (2 * channels + 1, 1), (2 * layers * modes * channels, 1), (s.sequences, 1)))
    tiles = lambda c: c["frames"] // c["tile"]
    of_channels = lambda count: 4 * channels * count  # bytes of so many samples
    # All signals of Adam's step, the audio too, may lie in the second-level cache, and much of those of a selection:
    # nothing is counted that would have to go through memory.
    none = lambda s, c: 0

    def layer(name: str, body: str, blocks, **rest) -> Kernel:
        return Kernel(name, f"{body}<{channels}, {modes}>" if "<" not in body else body, blocks=blocks, bytes=none,
                      launches=layers, broadcast=WEIGHTS, **rest)

    def walk(of_pair: int) -> list[Loop]:
        return [Loop("BAR", trips=lambda s, c: tiles(c)),
                Loop("FFMA", depth=2, work=lambda s, c: c["tile"] // 2 * of_pair)]

    def driven(c, products: int, of_pair: int) -> float:
        """Fused operations of a thread: for its samples products with matrices and tanh, for its modes pairs of samples."""
        return tiles(c) * (c["own"] * products * channels * (channels + TANH) + c["tile"] // 2 * of_pair)

    def fold(name: str, body: str, runs: int, frames: int) -> Kernel:
        def mean(c) -> float:
            segments = math.ceil(frames / c["frames"])
            return math.ceil(segments / math.ceil(segments / runs)) / runs
        return layer(name, body, folds, constants=sizes, wanted="BAR",
                     loops=[Loop("STG", trips=lambda s, c: mean(c)), Loop("LDG", trips=lambda s, c: mean(c)),
                            # A power, of which nothing is counted.
                            Loop("DFMA", lacks="LDG|LDS", trips=lambda s, c: 0)])

    states, output = 6 * modes, 3 + 10 * modes
    # A thread's way through its segment, four samples read at once; of a step of a mode, and of one back, with what
    # is summed for the coefficients.
    there = Loop("LDS.128", lacks="BAR", work=lambda s, c: c["frames"] // 4)
    back = Loop("BAR", trips=lambda s, c: c["frames"] / 8)
    of_step, of_step_back = 3, 2 * 3 + 7
    # By a transposed matrix; of two signals by each other, a matrix of sums.
    transposed = lambda c: c["items"] * c["own_channels"] * channels
    of_signals = lambda c: 4 * c["backward"] / c["strands"]
    of_items = lambda c, count: c["items"] * 4 * c["own_channels"] * count
    read = lambda count: Check("signals read once, four channels at a time", "LDG.E.128",
                               lambda s, c: of_items(c, count), in_bytes=True)
    written = lambda count: Check("signals written once, four channels at a time", "STG.E.128",
                                  lambda s, c: of_items(c, count), in_bytes=True)
    return [
        Kernel("encoder", f"EncodeSequences<{channels}>", constants=samples, blocks=sample_blocks, bytes=none,
               wanted="STG.E.128", broadcast=WEIGHTS,
               checks=[Check("x written once", "STG.E.128", lambda s, c: of_channels(1), in_bytes=True)]),
        layer("end states", "LayerEndStates", forward_blocks, constants=sizes, wanted="LDG.E.128", loops=walk(states),
              checks=[Check("one product, one tanh, modes", "FFMA", lambda s, c: driven(c, 1, states))]),
        fold("fold of states", f"FoldStates<{channels}>", 128, step.frames),
        layer("output", f"LayerOutput<{channels}, {modes}, true>", forward_blocks, constants=sizes,
              wanted="STG.E.128", loops=walk(output),
              # The decoder, which training has elsewhere, is not jumped over but issued without effect.
              checks=[Check("two products, two tanh, the gate, the decoder, modes and where they begin", "FFMA",
                            lambda s, c: driven(c, 2, output) + tiles(c) * c["own"] * 3 * channels + 6 * modes),
                      Check("output and trace written once", "STG.E.128",
                            lambda s, c: tiles(c) * c["own"] * of_channels(4), in_bytes=True)]),
        Kernel("loss", f"LossGradient<{channels}>", constants=samples, blocks=sample_blocks, bytes=none, wanted="STG.E.128",
               broadcast=WEIGHTS,
               checks=[Check("dx written once", "STG.E.128", lambda s, c: of_channels(1), in_bytes=True)]),
        layer("gate backwards", "GateBackward", backward_blocks, constants=sizes, wanted="LDG.E.128|STG.E.128",
              loops=[there],
              checks=[read(3), written(1),
                      Check("the gate, a product, sums, a step of a mode for each sample", "FFMA", lambda s, c:
                            2 * c["items"] * c["own_channels"] + transposed(c) + of_signals(c) + c["frames"] * of_step)]),
        fold("fold of adjoints", f"FoldAdjoints<{channels}, {modes}>", 64, step.derived),
        layer("modes backwards", "ModesBackward", backward_blocks, constants=sizes, wanted="LDG.E.128|STG.E.128",
              loops=[there, back],
              checks=[read(4), written(1),
                      Check("two steps forwards, one back, a product, sums", "FFMA", lambda s, c:
                            c["frames"] * (of_step + of_step_back) + transposed(c) + of_signals(c) + 2)]),
        Kernel("encoder backwards", f"EncoderGradient<{channels}>", constants=samples, blocks=sample_blocks, bytes=none,
               wanted="BAR|LDG.E.128", broadcast=WEIGHTS,
               checks=[Check("dx read once", "LDG.E.128", lambda s, c: of_channels(1), in_bytes=True)]),
        # Of its loops, a few turns, nothing is counted: every thread goes another way.
        Kernel("sums", f"ReduceSums<{channels}>", constants={"columns": f"ReduceSums<{channels}>::columns"},
               blocks=reduction_blocks, bytes=none, wanted="BAR"),
    ]
