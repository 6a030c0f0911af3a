"""Trains the models of comparator_models.py, in JAX on one core.

The time is processor time, so that what others' programs take in between does not count; compiling does not count
either. The learning rate rises over the first 3 % of the time and falls along half a cosine to nothing at its end. What
is kept is the best on the held-out tenth.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy

from comparator_models import FRAME, Attention, Lstm, Scales, scales_of

SILENCE = 4096 * FRAME  # samples of silence before each clip: more than any window reaches back
HELD_OUT_WARM_UP = 2.0  # s before it that set the state
UNKNOWN_START = 0.1  # s: the echo of what was played before the recording began is in its wet signal


@dataclass(frozen=True)
class Audio:
    """The training clips one after the other, with silence before each. Scaled; 32-bit."""

    dry: numpy.ndarray
    wet: numpy.ndarray
    counts: numpy.ndarray  # 1 where a sample trains, 0 in silence, unknown starts and held-out tenths
    held_out: list[tuple[int, int]]
    rate: int
    scales: Scales


def audio_of(clips: list[tuple[numpy.ndarray, numpy.ndarray]], rate: int) -> Audio:
    """Of each clip's ten tenths the one whose wet signal has the median energy is held out, as `continuo train` does."""
    scales = scales_of(*(numpy.concatenate(signals) for signals in zip(*clips)))
    dry, wet, counts, held_out, begin = [], [], [], [], 0
    silence = numpy.zeros(SILENCE)
    for clip_dry, clip_wet in clips:
        length = len(clip_dry)
        borders = [length * i // 10 for i in range(11)]
        energies = [float(numpy.sum(clip_wet[a:b] ** 2)) for a, b in zip(borders, borders[1:])]
        tenth = int(numpy.argsort(energies)[5])
        count = numpy.ones(length)
        count[: int(UNKNOWN_START * rate)] = 0.0
        count[borders[tenth] : borders[tenth + 1]] = 0.0
        held_out.append((begin + SILENCE + borders[tenth], begin + SILENCE + borders[tenth + 1]))
        dry += [silence, clip_dry * scales.dry]
        wet += [silence, clip_wet * scales.wet]
        counts += [silence, count]
        begin += SILENCE + length
    return Audio(*(numpy.concatenate(parts).astype(numpy.float32) for parts in (dry, wet, counts)), held_out, rate, scales)


def cut(signal: numpy.ndarray, begins: numpy.ndarray, length: int) -> numpy.ndarray:
    """[stretch][sample]; what lies beyond the ends is silence."""
    indices = begins[:, None] + numpy.arange(length)
    inside = (indices >= 0) & (indices < len(signal))
    return numpy.where(inside, signal[numpy.clip(indices, 0, len(signal) - 1)], numpy.float32(0.0))


def adam(parameters: dict, gradient: dict, moments: tuple, step: jax.Array, rate: jax.Array) -> tuple[dict, tuple]:
    """Kingma and Ba 2015, after the gradient's norm is limited to 1."""
    norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g / jnp.maximum(1.0, norm), gradient)
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], gradient)
    square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, moments[1], gradient)
    rate = rate * jnp.sqrt(1.0 - 0.999**step) / (1.0 - 0.9**step)
    parameters = jax.tree.map(lambda p, m, s: p - rate * m / (jnp.sqrt(s) + 1e-8), parameters, mean, square)
    return parameters, (mean, square)


def error(output: jax.Array, wet: jax.Array, counts: jax.Array) -> jax.Array:
    """ESR without pre-emphasis, in relation to the mean power of the training audio, which is 1."""
    return jnp.sum(counts * (wet - output) ** 2) / jnp.maximum(jnp.sum(counts), 1.0)


class LstmTask:
    """Truncated backpropagation through time, as is usual for these models (Wright et al. 2020): stretches from random
    places, which begin at rest and set the state without a score, then an update every 512 samples, the state going
    on. Devices that remember get fewer and longer stretches, and updates that look back over 1024 samples."""

    def __init__(self, audio: Audio, remembers: bool, seed: int) -> None:
        self.audio, self.random = audio, numpy.random.default_rng(seed)
        self.batch, self.warm_up, self.update, self.updates = (4, 22528, 1024, 86) if remembers else (16, 1024, 512, 44)
        self.initial = Lstm.initial(seed, audio.scales)
        self.play = jax.jit(lambda parameters, state, dry: Lstm.play(parameters, state, dry))

        def learn(parameters, moments, step, rate, state, dry, wet, counts):
            def loss(parameters):
                after, output = Lstm.play(parameters, state, dry)
                return error(output, wet, counts), after

            gradient, after = jax.grad(loss, has_aux=True)(parameters)
            return *adam(parameters, gradient, moments, step, rate), after

        self.learn = jax.jit(learn)

    def steps(self) -> Iterator[Callable]:
        """Endlessly: what makes new parameters of (parameters, moments, step, rate)."""
        length = self.updates * self.update
        places = numpy.flatnonzero(self.audio.counts)
        while True:
            begins = self.random.choice(places, self.batch) - self.random.integers(0, length, self.batch)
            dry, wet, counts = (cut(x, begins - self.warm_up, self.warm_up + length).T
                                for x in (self.audio.dry, self.audio.wet, self.audio.counts))
            state = None
            for i in range(self.updates):
                part = slice(self.warm_up + i * self.update, self.warm_up + (i + 1) * self.update)
                if not numpy.any(counts[part]):
                    state = None if state is None else self.play(self.latest, state, dry[part])[0]
                    continue

                def step(parameters, moments, count, rate):
                    nonlocal state
                    if state is None:
                        state = self.play(parameters, Lstm.rest(self.batch), dry[: part.start])[0]
                    parameters, moments, state = self.learn(parameters, moments, count, rate, state,
                                                            dry[part], wet[part], counts[part])
                    self.latest = parameters
                    return parameters, moments

                yield step

    def held_out(self, parameters: dict) -> float:
        warm_up = int(HELD_OUT_WARM_UP * self.audio.rate)
        length = max(end - begin for begin, end in self.audio.held_out)
        begins = numpy.array([begin for begin, _ in self.audio.held_out])
        dry = cut(self.audio.dry, begins - warm_up, warm_up + length).T
        wet = cut(self.audio.wet, begins, length).T
        output = numpy.asarray(self.play(parameters, Lstm.rest(len(begins)), dry)[1])[warm_up:]
        return float(numpy.sum((wet - output) ** 2) / numpy.sum(wet**2))


class AttentionTask:
    """Batches of windows from random places. A window's first tokens, as many as a layer looks back over, are not
    scored. A long memory begins with short windows: a bias on age lets it go on to long ones (Press et al. 2022)."""

    def __init__(self, audio: Audio, model: Attention, seed: int) -> None:
        self.audio, self.model, self.random = audio, model, numpy.random.default_rng(seed)
        self.initial = model.initial(seed, audio.scales)
        window = model.window
        # (share of the time until which it holds, tokens before the scored ones, scored tokens, windows)
        self.phases = ([(1.0, window, window, max(2, 1024 // window))] if window <= 512
                       else [(0.7, 384, 384, 2), (1.0, window, 512, 1)])
        self.play = jax.jit(model.play)

        def learn(parameters, moments, step, rate, dry, wet, counts):
            def loss(parameters):
                return error(model.play(parameters, dry)[:, -wet.shape[1]:], wet, counts)

            return adam(parameters, jax.grad(loss)(parameters), moments, step, rate)

        self.learn = jax.jit(learn)
        self.part = 0.0

    def steps(self) -> Iterator[Callable]:
        places = numpy.flatnonzero(self.audio.counts)
        while True:
            before, scored, batch = next(phase[1:] for phase in self.phases if self.part <= phase[0])
            begins = self.random.choice(places, batch) - self.random.integers(0, scored * FRAME, batch)
            dry = cut(self.audio.dry, begins - before * FRAME, (before + scored) * FRAME).reshape(batch, -1, FRAME)
            wet, counts = (cut(x, begins, scored * FRAME).reshape(batch, -1, FRAME)
                           for x in (self.audio.wet, self.audio.counts))
            yield lambda parameters, moments, count, rate: self.learn(parameters, moments, count, rate, dry, wet, counts)

    def held_out(self, parameters: dict) -> float:
        """With all that the model can hear: both layers' windows lie before what is scored."""
        longest = max(end - begin for begin, end in self.audio.held_out) // FRAME + 1
        before, scored = 2 * self.model.window, max(min(self.model.window, longest), 256)
        errors = energy = 0.0
        for begin, end in self.audio.held_out:
            begins = numpy.arange(begin, end, scored * FRAME)
            for some in numpy.array_split(begins, -(-len(begins) // 8)):
                dry = cut(self.audio.dry, some - before * FRAME, (before + scored) * FRAME).reshape(len(some), -1, FRAME)
                output = numpy.asarray(self.play(parameters, dry))[:, before:].reshape(len(some), -1)
                wet = cut(self.audio.wet, some, scored * FRAME)
                inside = some[:, None] + numpy.arange(scored * FRAME) < end
                errors += float(numpy.sum(inside * (wet - output) ** 2))
                energy += float(numpy.sum(inside * wet**2))
        return errors / energy


def task_of(model: type[Lstm] | Attention, audio: Audio, remembers: bool, seed: int) -> LstmTask | AttentionTask:
    return LstmTask(audio, remembers, seed) if model is Lstm else AttentionTask(audio, model, seed)


def train(task: LstmTask | AttentionTask, minutes: float, rate: float, checks: int) -> tuple[dict, dict]:
    """The best parameters, and what is to be said of the training. \param checks  times that the held-out tenth is played,
    evenly over the time, which counts"""
    budget = 60.0 * minutes
    parameters, moments = task.initial, (jax.tree.map(jnp.zeros_like, task.initial),) * 2

    def learning_rate(part: float) -> jax.Array:
        return jnp.float32(rate * min(part / 0.03, 0.5 + 0.5 * numpy.cos(numpy.pi * min(part, 1.0))))

    def compile_all() -> None:
        for phase_end in [phase[0] for phase in getattr(task, "phases", [(1.0,)])]:
            task.part = phase_end
            jax.block_until_ready(next(task.steps())(parameters, moments, jnp.float32(1.0), jnp.float32(0.0)))
        task.part = 0.0
        task.held_out(parameters)

    compile_all()
    best, best_parameters, curve, updates = numpy.inf, parameters, [], 0
    start, steps = time.process_time(), task.steps()
    while True:
        part = (time.process_time() - start) / budget
        if part >= (len(curve) + 1) / checks or part >= 1.0:
            score = task.held_out(parameters)
            curve.append((round(part * minutes, 3), score))
            if score < best:
                best, best_parameters = score, parameters
            if part >= 1.0:
                break
        task.part = part
        updates += 1
        parameters, moments = next(steps)(parameters, moments, jnp.float32(updates), learning_rate(part))
        jax.block_until_ready(parameters)
    return best_parameters, {"learning_rate": rate, "minutes": minutes, "updates": updates, "held_out_esr": best,
                             "held_out_curve": curve}
