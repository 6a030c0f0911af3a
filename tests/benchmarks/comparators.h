#pragma once

#include "dsp/instruction_set.h"

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace continuo::benchmarks {

/// Two other kinds of model for audio effects, to time beside ours. Matrices are [from][to].

/// A long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000) from
/// one sample to one sample, with a direct path:
///
///     i, f, g, o = W x + U h + b          σ of i, f and o, tanh of g
///     c ← σ(f) c + σ(i) tanh(g)
///     h ← σ(o) tanh(c)
///     y = r·h + d x + r0
struct LstmParameters {
    static constexpr std::size_t units = 24, gates = 4 * units;

    std::array<float, gates> input, bias;    // W and b; i, f, g, o, each [unit]
    std::array<float, units * gates> hidden; // U [unit][gate]
    std::array<float, units> readout;        // r
    float direct = 0.0f, offset = 0.0f;      // d, r0
};

/// A causal Transformer decoder (Vaswani et al. 2017) whose layers look back over a window of tokens. A token
/// is `frame` samples, which go in together and come out together. Per token, with n(x) = x / √(mean x² +
/// 1e-5):
///
///     x = E (samples) + e
///     for each layer:
///         q, k, v = A n(x)                          the window keeps k and v of its last `window` tokens
///         w_j = softmax_j(q·k_j / √16 − slope age_j)      per head; age in tokens, slope (1 + head) 4 /
///         window x ← x + O Σ w_j v_j x ← x + D max(0, U n(x) + b) + c
///     samples = R n(x)
///
/// The linear bias on age in place of position vectors: Press et al. 2022 (ALiBi), the cheapest there is.
struct AttentionParameters {
    static constexpr std::size_t width = 32, heads = 2, head_width = width / heads, inner = 64, layers = 2;

    struct Layer {
        std::array<float, width * 3 * width> query_key_value; // A, in heads of 16: q, q, k, k, v, v
        std::array<float, width * width> output;              // O
        std::array<float, width * inner> up;                  // U
        std::array<float, inner> up_bias;                     // b
        std::array<float, inner * width> down;                // D
        std::array<float, width> down_bias;                   // c
    };

    std::size_t frame = 1;   // samples per token, at most 64
    std::size_t window = 32; // tokens, a multiple of 32
    std::vector<float> embedding;
    std::array<float, width> embedding_bias;
    std::vector<float> readout;
    std::array<Layer, layers> layer;
};

/// Calls visit(weights) for every member of a model, a span of floats each, in the order of their
/// declaration. `Lstm`, `Attention`: the parameters, const or not.
template <typename Lstm, typename Visitor>
requires std::same_as<std::remove_const_t<Lstm>, LstmParameters>
void for_each_member(Lstm& lstm, Visitor visit) {
    const auto all = [&visit](auto&... members) { (visit(std::span(members.data(), members.size())), ...); };
    all(lstm.input, lstm.bias, lstm.hidden, lstm.readout);
    visit(std::span(&lstm.direct, 1));
    visit(std::span(&lstm.offset, 1));
}

template <typename Attention, typename Visitor>
requires std::same_as<std::remove_const_t<Attention>, AttentionParameters>
void for_each_member(Attention& attention, Visitor visit) {
    const auto all = [&visit](auto&... members) { (visit(std::span(members.data(), members.size())), ...); };
    all(attention.embedding, attention.embedding_bias, attention.readout);
    for (auto& layer : attention.layer)
        all(layer.query_key_value, layer.output, layer.up, layer.up_bias, layer.down, layer.down_bias);
}

/// Uniform weights of such a spread that signals stay lively. [main-thread]
/// \param frame   samples per token. \param window  tokens
LstmParameters random_lstm(unsigned seed);
AttentionParameters random_attention(std::size_t frame, std::size_t window, unsigned seed);

/// How many values would be learned.
std::size_t parameter_count(const LstmParameters& lstm);
std::size_t parameter_count(const AttentionParameters& attention);

/// One audio channel of a model that plays. One object belongs to one thread at a time.
class Comparator {
  public:
    virtual ~Comparator() = default;

    /// Runs `frames` samples, a multiple of the model's own frame. Allocates nothing.
    virtual void process(const float* input, float* output, std::size_t frames) noexcept = 0;

    /// From now on the model's memory is as full as it becomes, of noise: what playing for long would do.
    virtual void fill() {}
};

/// The instruction set that the comparators are compiled for: AVX2 with FMA on x86-64, else NEON.
dsp::InstructionSet comparator_instruction_set();

/// Whether this processor has it. [main-thread] Allocates.
bool comparators_run_here();

/// [main-thread] Allocate. The processor has to have comparator_instruction_set().
std::unique_ptr<Comparator> make_comparator(const LstmParameters& lstm);
std::unique_ptr<Comparator> make_comparator(const AttentionParameters& attention);

/// The equations in double and plain loops, a whole signal from the start: what the comparators are checked
/// against. [main-thread] \param input  a multiple of the frame
std::vector<double> reference(const LstmParameters& lstm, const std::vector<float>& input);
std::vector<double> reference(const AttentionParameters& attention, const std::vector<float>& input);

} // namespace continuo::benchmarks
