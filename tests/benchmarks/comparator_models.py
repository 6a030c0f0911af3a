"""The LSTM and the attention of comparators.h in JAX: their equations there, their weights as flat files for
play_comparator. Audio is scaled inside, which `exported` takes into the weights."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy

UNITS = 24
WIDTH, HEADS, INNER, LAYERS, FRAME = 32, 2, 64, 2, 32
HEAD_WIDTH = WIDTH // HEADS


@dataclass(frozen=True)
class Scales:
    """What the audio is multiplied by: the dry comes to 0.3 rms, the wet to 1, as for our models."""

    dry: float
    wet: float
    gain: float  # the best fixed gain from the scaled dry to the scaled wet


def scales_of(dry: numpy.ndarray, wet: numpy.ndarray) -> Scales:
    dry_scale, wet_scale = 0.3 / float(numpy.sqrt(numpy.mean(dry**2))), 1.0 / float(numpy.sqrt(numpy.mean(wet**2)))
    return Scales(dry_scale, wet_scale, float(numpy.dot(dry, wet) / numpy.dot(dry, dry)) * wet_scale / dry_scale)


def sigmoid(x: jax.Array) -> jax.Array:
    return 0.5 + 0.5 * jnp.tanh(0.5 * x)


class Lstm:
    """[batch][unit]; a signal is [time][batch]."""

    @staticmethod
    def initial(seed: int, scales: Scales) -> dict:
        keys = jax.random.split(jax.random.PRNGKey(seed), 3)
        bound = UNITS**-0.5
        bias = jnp.zeros(4 * UNITS).at[UNITS : 2 * UNITS].set(1.0)  # forgets little at first
        return {"input": jax.random.uniform(keys[0], (4 * UNITS,), minval=-1.0, maxval=1.0), "bias": bias,
                "hidden": jax.random.uniform(keys[1], (UNITS, 4 * UNITS), minval=-bound, maxval=bound),
                "readout": jax.random.uniform(keys[2], (UNITS,), minval=-bound, maxval=bound),
                "direct": jnp.float32(scales.gain), "offset": jnp.float32(0.0)}

    @staticmethod
    def rest(batch: int) -> tuple[jax.Array, jax.Array]:
        return jnp.zeros((batch, UNITS)), jnp.zeros((batch, UNITS))

    @staticmethod
    def play(parameters: dict, state: tuple, signal: jax.Array) -> tuple[tuple, jax.Array]:
        def step(state: tuple, x: jax.Array) -> tuple:
            h, c = state
            gates = h @ parameters["hidden"] + x[:, None] * parameters["input"] + parameters["bias"]
            i, f, g, o = jnp.split(gates, 4, axis=-1)
            c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
            h = sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        state, hidden = jax.lax.scan(step, state, signal)
        return state, hidden @ parameters["readout"] + parameters["direct"] * signal + parameters["offset"]

    @staticmethod
    def exported(parameters: dict, scales: Scales) -> numpy.ndarray:
        p = {name: numpy.asarray(value, numpy.float64) for name, value in parameters.items()}
        return flat([p["input"] * scales.dry, p["bias"], p["hidden"], p["readout"] / scales.wet,
                     p["direct"] * scales.dry / scales.wet, p["offset"] / scales.wet])


@dataclass(frozen=True)
class Attention:
    """A signal is [batch][token][sample of the frame]."""

    window: int  # tokens that a layer looks back over

    def initial(self, seed: int, scales: Scales) -> dict:
        """At first the model passes on the audio, at the best fixed gain: a token is the first 31 coefficients of the
        samples' cosine transform, the last value a constant that the norm is made of."""
        keys = iter(jax.random.split(jax.random.PRNGKey(seed), 4 * LAYERS))
        k, n = numpy.meshgrid(numpy.arange(WIDTH - 1), numpy.arange(FRAME))
        cosines = numpy.sqrt(numpy.where(k == 0, 1, 2) / FRAME) * numpy.cos(numpy.pi * k * (n + 0.5) / FRAME)
        transform = jnp.asarray(numpy.pad(cosines, ((0, 0), (0, 1))), jnp.float32)

        def random(*shape: int, scale: float = 1.0) -> jax.Array:
            return scale * shape[0] ** -0.5 * jax.random.normal(next(keys), shape)

        layers = [{"query_key_value": random(WIDTH, 3 * WIDTH), "output": random(WIDTH, WIDTH, scale=0.1),
                   "up": random(WIDTH, INNER), "up_bias": jnp.zeros(INNER),
                   "down": random(INNER, WIDTH, scale=0.1), "down_bias": jnp.zeros(WIDTH)} for _ in range(LAYERS)]
        return {"embedding": 1.5 * transform, "embedding_bias": jnp.zeros(WIDTH).at[-1].set(WIDTH**0.5),
                "readout": scales.gain / 1.5 * transform.T, "layer": layers}

    def play(self, parameters: dict, tokens: jax.Array) -> jax.Array:
        count = tokens.shape[1]
        age = jnp.arange(count)[:, None] - jnp.arange(count)[None, :]
        seen = (age >= 0) & (age < self.window)
        slopes = 4.0 * (jnp.arange(HEADS) + 1.0) / self.window
        bias = jnp.where(seen, -slopes[:, None, None] * age, -jnp.inf)
        x = tokens @ parameters["embedding"] + parameters["embedding_bias"]
        for layer in parameters["layer"]:
            q, k, v = (part.reshape(*part.shape[:-1], HEADS, HEAD_WIDTH)
                       for part in jnp.split(normalised(x) @ layer["query_key_value"], 3, axis=-1))
            scores = jnp.einsum("bqhi,bkhi->bhqk", q * HEAD_WIDTH**-0.5, k) + bias
            gathered = jnp.einsum("bhqk,bkhi->bqhi", jax.nn.softmax(scores, axis=-1), v)
            x = x + gathered.reshape(x.shape) @ layer["output"]
            inner = jax.nn.relu(normalised(x) @ layer["up"] + layer["up_bias"])
            x = x + inner @ layer["down"] + layer["down_bias"]
        return normalised(x) @ parameters["readout"]

    @staticmethod
    def exported(parameters: dict, scales: Scales) -> numpy.ndarray:
        p = jax.tree.map(lambda value: numpy.asarray(value, numpy.float64), parameters)
        members = [p["embedding"] * scales.dry, p["embedding_bias"], p["readout"] / scales.wet]
        for layer in p["layer"]:
            members += [layer[name] for name in ("query_key_value", "output", "up", "up_bias", "down", "down_bias")]
        return flat(members)


def normalised(x: jax.Array) -> jax.Array:
    return x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + 1e-5)


def flat(members: list[numpy.ndarray]) -> numpy.ndarray:
    return numpy.concatenate([numpy.ravel(member) for member in members]).astype(numpy.float32)
