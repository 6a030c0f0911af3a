#include "tests/benchmarks/comparators.h"

#include "dsp/activation.h"
#include "dsp/fused_multiply_add.h"
#include "dsp/realtime.h"

#include <xsimd/xsimd.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <type_traits>

// Compiled for one instruction set (see CMakeLists.txt), as the kernels of our own models are, and with the
// same tanh. Matrices lie [from][to], so that a product is one broadcast and a run of registers per value
// that goes in.
namespace continuo::benchmarks {

namespace {

using Float = xsimd::batch<float>;
using dsp::multiply_add, dsp::tanh_approximation;
constexpr std::size_t lanes = Float::size;
static_assert(16 % lanes == 0);

template <typename Value>
using Aligned = std::vector<Value, xsimd::aligned_allocator<Value, 64>>;

Float load(const float* p) {
    return Float::load_unaligned(p);
}

/// Of the lanes of one register, in halves; versions of xsimd have different names for it.
template <typename Operation>
float reduce(Float x, Operation operation) {
    alignas(64) std::array<float, lanes> values;
    x.store_unaligned(values.data());
#pragma GCC unroll 4
    for (std::size_t half = lanes / 2; half > 0; half /= 2)
#pragma GCC unroll 8
        for (std::size_t i = 0; i < half; ++i)
            values[i] = operation(values[i], values[i + half]);
    return values[0];
}
float sum_of(Float x) {
    return reduce(x, [](float a, float b) { return a + b; });
}
float largest_of(Float x) {
    return reduce(x, [](float a, float b) { return a > b ? a : b; });
}

/// sums[r] += matrix x, with `registers` registers of results.
template <std::size_t registers>
void add_product(const float* matrix, const float* x, std::size_t from, std::array<Float, registers>& sums) {
    for (std::size_t i = 0; i < from; ++i) {
        const Float value(x[i]);
#pragma GCC unroll 32
        for (std::size_t r = 0; r < registers; ++r)
            sums[r] = multiply_add(load(matrix + (i * registers + r) * lanes), value, sums[r]);
    }
}

/// y = matrix x + bias, a tile of registers after the other. Where there are few, every other value that goes
/// in has sums of its own, so that they need not wait for each other.
template <std::size_t to>
void multiply(const float* matrix, const float* x, std::size_t from, const float* bias, float* y) {
    constexpr std::size_t tile = std::min<std::size_t>(to / lanes, 4);
    for (std::size_t begin = 0; begin < to; begin += tile * lanes) {
        std::array<Float, tile> even, odd;
#pragma GCC unroll 8
        for (std::size_t r = 0; r < tile; ++r) {
            even[r] = bias ? load(bias + begin + r * lanes) : Float(0.0f);
            odd[r] = Float(0.0f);
        }
        std::size_t i = 0;
        for (; i + 1 < from; i += 2) {
            const Float first(x[i]), second(x[i + 1]);
            const float* row = matrix + i * to + begin;
#pragma GCC unroll 8
            for (std::size_t r = 0; r < tile; ++r) {
                even[r] = multiply_add(load(row + r * lanes), first, even[r]);
                odd[r] = multiply_add(load(row + to + r * lanes), second, odd[r]);
            }
        }
        for (; i < from; ++i)
#pragma GCC unroll 8
            for (std::size_t r = 0; r < tile; ++r)
                even[r] = multiply_add(load(matrix + i * to + begin + r * lanes), Float(x[i]), even[r]);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < tile; ++r)
            (even[r] + odd[r]).store_unaligned(y + begin + r * lanes);
    }
}

class Lstm final : public Comparator {
  public:
    explicit Lstm(const LstmParameters& parameters) : parameters_(parameters) {}

    void process(const float* input, float* output, std::size_t frames) noexcept override {
        constexpr std::size_t per_gate = LstmParameters::units / lanes, all = 4 * per_gate;
        const dsp::ScopedFlushToZero flush;
        const Float half(0.5f);
        const auto sigmoid = [&](Float x) {
            return multiply_add(tanh_approximation(half * x), half, half); // σ(x) = ½ + ½ tanh(x / 2)
        };
        for (std::size_t t = 0; t < frames; ++t) {
            const float sample = input[t]; // in place is allowed
            std::array<Float, all> gate;
#pragma GCC unroll 32
            for (std::size_t r = 0; r < all; ++r)
                gate[r] = multiply_add(load(parameters_.input.data() + r * lanes), Float(sample),
                                       load(parameters_.bias.data() + r * lanes));
            add_product(parameters_.hidden.data(), hidden_.data(), LstmParameters::units, gate);
            Float sum(0.0f);
#pragma GCC unroll 8
            for (std::size_t r = 0; r < per_gate; ++r) {
                const Float cell =
                    multiply_add(sigmoid(gate[per_gate + r]), load(cell_.data() + r * lanes),
                                 sigmoid(gate[r]) * tanh_approximation(gate[2 * per_gate + r]));
                const Float hidden = sigmoid(gate[3 * per_gate + r]) * tanh_approximation(cell);
                cell.store_unaligned(cell_.data() + r * lanes);
                hidden.store_unaligned(hidden_.data() + r * lanes);
                sum = multiply_add(hidden, load(parameters_.readout.data() + r * lanes), sum);
            }
            output[t] = parameters_.direct * sample + parameters_.offset + sum_of(sum);
        }
    }

  private:
    alignas(64) LstmParameters parameters_;
    alignas(64) std::array<float, LstmParameters::units> hidden_{}, cell_{};
};

/// Keys and values of one layer, a ring in tiles of 32 tokens: keys [head][tile][dimension][token], so that a
/// register holds as many tokens; values [head][tile][token][dimension].
class Window {
  public:
    static constexpr std::size_t tile = 32, heads = AttentionParameters::heads,
                                 size = AttentionParameters::head_width, tile_size = tile * size;

    explicit Window(std::size_t tokens)
        : tokens_(tokens), keys_(heads * tokens * size, 0.0f), values_(keys_.size(), 0.0f), scores_(tokens) {}

    void fill(std::mt19937& random) {
        std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
        std::ranges::generate(keys_, [&] { return uniform(random); });
        std::ranges::generate(values_, [&] { return uniform(random); });
        full_ = true;
    }

    /// Takes in a token and gives what it gathers. \param token  q, k, v
    void gather(const float* token, float* result) noexcept {
        constexpr std::size_t width = AttentionParameters::width;
        for (std::size_t head = 0; head < heads; ++head) {
            float* keys = keys_.data() + head * tokens_ * size + newest_ / tile * tile_size + newest_ % tile;
            float* values = values_.data() + (head * tokens_ + newest_) * size;
            for (std::size_t i = 0; i < size; ++i) {
                keys[i * tile] = token[width + head * size + i];
                values[i] = token[2 * width + head * size + i];
            }
        }
        const std::size_t tiles = full_ ? tokens_ / tile : newest_ / tile + 1;
        for (std::size_t head = 0; head < heads; ++head) {
            const float largest = score(head, token + head * size, tiles);
            sum_values(head, largest, tiles, result + head * size);
        }
        if (++newest_ == tokens_) {
            newest_ = 0;
            full_ = true;
        }
    }

  private:
    /// Scores of all tokens in the window. \return the largest
    float score(std::size_t head, const float* query, std::size_t tiles) noexcept {
        constexpr std::size_t registers = tile / lanes, at_once = std::min<std::size_t>(registers, 4);
        const float* keys = keys_.data() + head * tokens_ * size;
        const float scale = 1.0f / std::sqrt(float(size)), slope = float(head + 1) * 4.0f / float(tokens_);
        alignas(64) std::array<float, size> scaled;
        for (std::size_t i = 0; i < size; ++i)
            scaled[i] = scale * query[i];
        // −slope age: age is newest − slot, and a whole ring more for slots that are yet to be overwritten.
        alignas(64) std::array<float, lanes> count;
        for (std::size_t i = 0; i < lanes; ++i)
            count[i] = float(i);
        const Float newest(static_cast<float>(newest_)), steep(slope), young(-slope * float(newest_)),
            old(-slope * float(newest_ + tokens_));
        Float largest(-1e30f);
        for (std::size_t n = 0; n < tiles; ++n)
            for (std::size_t begin = 0; begin < registers; begin += at_once) {
                const float* key = keys + n * tile_size + begin * lanes;
                std::array<Float, at_once> sums;
#pragma GCC unroll 8
                for (std::size_t r = 0; r < at_once; ++r) {
                    const Float slot = load(count.data()) + Float(float(n * tile + (begin + r) * lanes));
                    sums[r] = multiply_add(slot, steep, xsimd::select(slot > newest, old, young));
                }
#pragma GCC unroll 16
                for (std::size_t i = 0; i < size; ++i) {
                    const Float value(scaled[i]);
#pragma GCC unroll 8
                    for (std::size_t r = 0; r < at_once; ++r)
                        sums[r] = multiply_add(load(key + i * tile + r * lanes), value, sums[r]);
                }
#pragma GCC unroll 8
                for (std::size_t r = 0; r < at_once; ++r) {
                    sums[r].store_unaligned(scores_.data() + n * tile + (begin + r) * lanes);
                    largest = xsimd::max(largest, sums[r]);
                }
            }
        if (!full_) // slots that no token has reached yet; that their score is in `largest` does no harm
            std::fill(scores_.begin() + std::ptrdiff_t(newest_ + 1),
                      scores_.begin() + std::ptrdiff_t(tiles * tile), -1e30f);
        return largest_of(largest);
    }

    /// The mean of the values, weighted by softmax of the scores.
    void sum_values(std::size_t head, float largest, std::size_t tiles, float* result) noexcept {
        constexpr std::size_t registers = size / lanes, at_once = 4; // tokens, with sums of their own
        const float* values = values_.data() + head * tokens_ * size;
        std::array<Float, registers * at_once> sums;
        sums.fill(Float(0.0f));
        Float total(0.0f);
        alignas(64) std::array<float, tile> weights;
        for (std::size_t n = 0; n < tiles; ++n) {
#pragma GCC unroll 8
            for (std::size_t i = 0; i < tile; i += lanes) {
                const Float weight = xsimd::exp(load(scores_.data() + n * tile + i) - Float(largest));
                weight.store_unaligned(weights.data() + i);
                total += weight;
            }
            const float* value = values + n * tile_size;
            for (std::size_t i = 0; i < tile; i += at_once)
#pragma GCC unroll 4
                for (std::size_t token = 0; token < at_once; ++token)
#pragma GCC unroll 4
                    for (std::size_t r = 0; r < registers; ++r) {
                        Float& sum = sums[token * registers + r];
                        sum = multiply_add(load(value + (i + token) * size + r * lanes),
                                           Float(weights[i + token]), sum);
                    }
        }
        const Float scale(1.0f / sum_of(total));
        for (std::size_t r = 0; r < registers; ++r) {
            Float sum = sums[r];
            for (std::size_t token = 1; token < at_once; ++token)
                sum += sums[token * registers + r];
            (sum * scale).store_unaligned(result + r * lanes);
        }
    }

    std::size_t tokens_, newest_ = 0; // newest_: the slot that the next token goes to
    bool full_ = false;
    Aligned<float> keys_, values_, scores_;
};

class Attention final : public Comparator {
  public:
    explicit Attention(const AttentionParameters& parameters)
        : parameters_(parameters), window_{Window(parameters.window), Window(parameters.window)} {
        // The readout padded to whole registers.
        const std::size_t padded = padded_frame();
        readout_.resize(width * padded);
        for (std::size_t i = 0; i < width; ++i)
            std::copy_n(parameters.readout.begin() + std::ptrdiff_t(i * parameters.frame), parameters.frame,
                        readout_.begin() + std::ptrdiff_t(i * padded));
    }

    void fill() override {
        std::mt19937 random(7);
        for (Window& window : window_)
            window.fill(random);
    }

    void process(const float* input, float* output, std::size_t frames) noexcept override {
        const dsp::ScopedFlushToZero flush;
        for (std::size_t t = 0; t < frames; t += parameters_.frame)
            step(input + t, output + t);
    }

  private:
    static constexpr std::size_t width = AttentionParameters::width, inner = AttentionParameters::inner;

    std::size_t padded_frame() const { return (parameters_.frame + 15) / 16 * 16; }

    static void normalise(const float* x, float* result) noexcept {
        Float sum(0.0f);
        for (std::size_t i = 0; i < width; i += lanes)
            sum = multiply_add(load(x + i), load(x + i), sum);
        const Float scale(1.0f / std::sqrt(sum_of(sum) / float(width) + 1e-5f));
        for (std::size_t i = 0; i < width; i += lanes)
            (load(x + i) * scale).store_unaligned(result + i);
    }

    static void add(float* x, const float* y) noexcept {
        for (std::size_t i = 0; i < width; i += lanes)
            (load(x + i) + load(y + i)).store_unaligned(x + i);
    }

    void step(const float* input, float* output) noexcept {
        alignas(64) std::array<float, width> x, normal, change;
        alignas(64) std::array<float, 3 * width> token;
        alignas(64) std::array<float, inner> hidden;
        multiply<width>(parameters_.embedding.data(), input, parameters_.frame,
                        parameters_.embedding_bias.data(), x.data());
        for (std::size_t l = 0; l < AttentionParameters::layers; ++l) {
            const AttentionParameters::Layer& layer = parameters_.layer[l];
            normalise(x.data(), normal.data());
            multiply<3 * width>(layer.query_key_value.data(), normal.data(), width, nullptr, token.data());
            window_[l].gather(token.data(), change.data());
            multiply<width>(layer.output.data(), change.data(), width, x.data(), x.data());
            normalise(x.data(), normal.data());
            multiply<inner>(layer.up.data(), normal.data(), width, layer.up_bias.data(), hidden.data());
            for (std::size_t i = 0; i < inner; i += lanes)
                xsimd::max(load(hidden.data() + i), Float(0.0f)).store_unaligned(hidden.data() + i);
            multiply<width>(layer.down.data(), hidden.data(), inner, layer.down_bias.data(), change.data());
            add(x.data(), change.data());
        }
        normalise(x.data(), normal.data());
        alignas(64) std::array<float, 64> samples;
        const std::size_t padded = padded_frame();
        for (std::size_t begin = 0; begin < padded; begin += lanes) {
            Float sum(0.0f);
            for (std::size_t i = 0; i < width; ++i)
                sum = multiply_add(load(readout_.data() + i * padded + begin), Float(normal[i]), sum);
            sum.store_unaligned(samples.data() + begin);
        }
        std::copy_n(samples.begin(), parameters_.frame, output);
    }

    AttentionParameters parameters_;
    Aligned<float> readout_;
    std::array<Window, AttentionParameters::layers> window_;
};

} // namespace

dsp::InstructionSet comparator_instruction_set() {
    return std::is_same_v<Float::arch_type, xsimd::fma3<xsimd::avx2>> ? dsp::InstructionSet::avx2
                                                                      : dsp::InstructionSet::neon;
}

std::unique_ptr<Comparator> make_comparator(const LstmParameters& lstm) {
    return std::make_unique<Lstm>(lstm);
}

std::unique_ptr<Comparator> make_comparator(const AttentionParameters& attention) {
    return std::make_unique<Attention>(attention);
}

} // namespace continuo::benchmarks
