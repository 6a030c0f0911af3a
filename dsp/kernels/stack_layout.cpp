#include "dsp/kernels/stack_layout.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace continuo::dsp::kernels {
namespace {

/// The coefficients of the section that stands for a mode; see Layer in stack_kernel.h.
struct Section {
    double minus_alpha = -1.0, minus_beta = -1.0; // padding: decays at once, is never heard
    double c1 = 0.0, c2 = 0.0, direct = 0.0;
};

Section make_section(double delta_real, double delta_imag, double readout_real, double readout_imag) {
    const double beta = delta_real * delta_real + delta_imag * delta_imag;
    Section section;
    section.minus_alpha = 2.0 * delta_real + beta;
    section.minus_beta = -beta;
    section.c1 = readout_real + readout_real * section.minus_alpha;
    section.c2 = readout_real * section.minus_beta - (readout_real * delta_real + readout_imag * delta_imag);
    section.direct = readout_real;
    return section;
}

/// Hands out pieces of one block of memory. Run twice: to learn the size, then with the memory.
class Arena {
  public:
    explicit Arena(std::byte* memory) : memory_(memory) {}

    template <class T>
    T* take(std::size_t count) {
        T* piece = memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + size_);
        size_ += (count * sizeof(T) + 63) / 64 * 64;
        return piece;
    }
    std::size_t size() const { return size_; }

  private:
    std::byte* memory_;
    std::size_t size_ = 0;
};

/// The modes of one layer, sorted: [channel][row], the slow rows first.
struct SortedModes {
    std::vector<std::vector<Section>> channels;
    std::size_t slow_rows = 0;
};

SortedModes sort_modes(const DiscreteModes& modes, const StackShape& shape) {
    SortedModes sorted;
    for (std::size_t h = 0; h < shape.channels; ++h) {
        std::vector<std::size_t> order, fast;
        for (std::size_t n = 0; n < shape.modes; ++n) {
            const std::size_t i = n * shape.channels + h;
            (needs_double(modes.delta_real[i], modes.delta_imag[i]) ? order : fast).push_back(n);
        }
        sorted.slow_rows = std::max(sorted.slow_rows, order.size());
        order.insert(order.end(), fast.begin(), fast.end());
        std::vector<Section> sections;
        for (const std::size_t n : order) {
            const std::size_t i = n * shape.channels + h;
            sections.push_back(make_section(modes.delta_real[i], modes.delta_imag[i], modes.readout_real[i],
                                            modes.readout_imag[i]));
        }
        sorted.channels.push_back(std::move(sections));
    }
    return sorted;
}

template <class T>
void write_section(T* row, std::size_t lanes, std::size_t lane, const Section& section) {
    row[0 * lanes + lane] = T(section.minus_alpha);
    row[1 * lanes + lane] = T(section.minus_beta);
    row[2 * lanes + lane] = T(section.c1);
    row[3 * lanes + lane] = T(section.c2);
}

/// [to][from] → [from][padded to]
void write_transposed(float* to, const std::vector<float>& matrix, std::size_t channels, std::size_t padded) {
    for (std::size_t row = 0; row < channels; ++row)
        for (std::size_t column = 0; column < channels; ++column)
            to[column * padded + row] = matrix[row * channels + column];
}

/// Fills one layer's tables where there is memory; otherwise only counts it.
Layer lay_out_layer(Arena& arena, bool write, const StackParameters& stack, std::size_t index,
                    const SortedModes& sorted, const std::vector<float>& tap_values, std::size_t padded,
                    const Lanes& lanes) {
    const StackShape& shape = stack.shape;
    const LayerParameters& parameters = stack.layers[index];
    const std::size_t vectors = padded / lanes.channels, side_by_side = lanes.modes / lanes.channels;
    const std::size_t fast_modes = shape.modes - sorted.slow_rows;
    Layer layer{};
    layer.slow_rows = sorted.slow_rows;
    layer.rows = std::max<std::size_t>(1, (fast_modes + side_by_side - 1) / side_by_side);
    float* mixing = arena.take<float>(padded * padded);
    float* gate = arena.take<float>(padded * padded);
    float* skip = arena.take<float>(padded);
    float* knobs = arena.take<float>((1 + shape.knobs) * 3 * padded);
    layer.drive = arena.take<float>(3 * padded);
    float* modes = arena.take<float>(vectors * layer.rows * 4 * lanes.modes);
    float* direct = arena.take<float>(padded);
    layer.state = arena.take<float>(vectors * layer.rows * 3 * lanes.modes);
    double* slow_modes = arena.take<double>(padded * layer.slow_rows * 4);
    double* slow_direct = arena.take<double>(layer.slow_rows > 0 ? padded : 0);
    layer.slow_state = arena.take<double>(padded * layer.slow_rows * 3);
    const bool has_taps = !tap_values.empty(), has_previous = stack.activation == Activation::isru;
    float* taps = arena.take<float>(has_taps ? past_samples * padded : 0);
    layer.past = arena.take<float>(has_taps ? past_samples * padded : 0);
    layer.previous = arena.take<float>(has_previous ? padded : 0);
    if (!has_taps)
        taps = layer.past = nullptr;
    if (!has_previous)
        layer.previous = nullptr;
    layer.taps = taps;
    layer.mixing = mixing;
    layer.gate = gate;
    layer.skip = skip;
    layer.knobs = knobs;
    layer.modes = modes;
    layer.direct = direct;
    layer.slow_modes = slow_modes;
    layer.slow_direct = slow_direct;
    if (!write)
        return layer;

    write_transposed(mixing, parameters.mixing, shape.channels, padded);
    write_transposed(gate, parameters.gate, shape.channels, padded);
    for (std::size_t h = 0; h < shape.channels; ++h) {
        skip[h] = parameters.skip[h];
        knobs[h] = 1.0f;
        knobs[padded + h] = parameters.mixing_bias[h];
        knobs[2 * padded + h] = parameters.gate_bias[h];
        for (std::size_t k = 0; k < shape.knobs; ++k) {
            float* table = knobs + (k + 1) * 3 * padded;
            table[h] = parameters.knob_scale[h * shape.knobs + k];
            table[padded + h] = parameters.knob_bias[h * shape.knobs + k];
            table[2 * padded + h] = parameters.knob_gate[h * shape.knobs + k];
        }
    }
    const auto section = [&](std::size_t channel, std::size_t row) {
        return channel < shape.channels && row < shape.modes ? sorted.channels[channel][row] : Section{};
    };
    for (std::size_t h = 0; h < shape.channels; ++h) {
        double sum = 0.0;
        for (std::size_t row = layer.slow_rows; row < shape.modes; ++row)
            sum += section(h, row).direct;
        direct[h] = float(has_taps ? sum + double(tap_values[h]) : sum);
        if (has_taps)
            for (std::size_t k = 0; k < past_samples; ++k)
                taps[k * padded + h] = tap_values[(k + 1) * shape.channels + h];
        for (std::size_t row = 0; row < layer.slow_rows; ++row)
            slow_direct[h] += section(h, row).direct;
    }
    for (std::size_t c = 0; c < vectors; ++c)
        for (std::size_t row = 0; row < layer.rows; ++row)
            for (std::size_t lane = 0; lane < lanes.modes; ++lane) {
                const std::size_t channel = c * lanes.channels + lane % lanes.channels;
                const std::size_t mode = layer.slow_rows + row * side_by_side + lane / lanes.channels;
                write_section(modes + (c * layer.rows + row) * 4 * lanes.modes, lanes.modes, lane,
                              section(channel, mode));
            }
    for (std::size_t c = 0; c < padded / lanes.doubles; ++c)
        for (std::size_t row = 0; row < layer.slow_rows; ++row)
            for (std::size_t lane = 0; lane < lanes.doubles; ++lane)
                write_section(slow_modes + (c * layer.slow_rows + row) * 4 * lanes.doubles, lanes.doubles,
                              lane, section(c * lanes.doubles + lane, row));
    return layer;
}

/// What the passes leave in memory on their way. The stack's sizes are set.
void take_scratch(Arena& arena, Stack& stack, bool any_slow) {
    const std::size_t count = sub_block * stack.padded;
    stack.x = arena.take<float>(count);
    stack.v = arena.take<float>(count);
    stack.s = arena.take<float>(count);
    stack.slow_v = arena.take<double>(any_slow ? count : 0);
    stack.slow_s = arena.take<double>(any_slow ? count : 0);
    stack.drives = arena.take<float>(stack.knobs > 0 ? 3 * count : 0);
    stack.products = arena.take<float>(count / stack.vectors);
}

} // namespace

bool needs_double(double delta_real, double delta_imag) {
    const double square = delta_real * delta_real + delta_imag * delta_imag;
    const double alpha = -2.0 * delta_real - square; // 1 − |λ|²
    const double time_constant = 2.0 / alpha;        // in samples; −1 / ln |λ| to first order
    if (time_constant > 14400.0)
        return true;
    // What half an ulp of α and of β moves, over the section's denominator, on the unit circle next to the
    // pole.
    const double magnitude = std::sqrt(1.0 - alpha);
    const double real_on_circle = (1.0 + delta_real) / magnitude, imag_on_circle = delta_imag / magnitude;
    const double from_one = std::hypot(real_on_circle - 1.0, imag_on_circle);
    const double from_conjugate =
        std::hypot(real_on_circle - (1.0 + delta_real), imag_on_circle + delta_imag);
    const double denominator = (1.0 - magnitude) * from_conjugate;
    return 6e-8 * (alpha * from_one + square) > 2e-6 * denominator;
}

StackLayout::StackLayout(const StackParameters& parameters, const DiscreteStack& discrete,
                         InstructionSet set) {
    static_assert(taps_per_channel == 1 + past_samples);
    expect_available(set);
    const StackShape& shape = parameters.shape;
    const Lanes lanes = table(set).lanes(shape.channels);
    const std::size_t vectors = (shape.channels + lanes.channels - 1) / lanes.channels;
    const std::size_t padded = vectors * lanes.channels;
    std::vector<SortedModes> sorted;
    for (const DiscreteModes& modes : discrete.layers)
        sorted.push_back(sort_modes(modes, shape));
    const bool any_slow =
        std::any_of(sorted.begin(), sorted.end(), [](const auto& s) { return s.slow_rows > 0; });

    const auto lay_out = [&](Arena& arena, bool write) {
        Stack stack{};
        stack.layers = shape.layers;
        stack.padded = padded;
        stack.vectors = vectors;
        stack.knobs = shape.knobs;
        take_scratch(arena, stack, any_slow);
        float* encoder = arena.take<float>(padded);
        float* decoder = arena.take<float>(padded);
        stack.encoder = encoder;
        stack.decoder = decoder;
        stack.decoder_bias = float(double(parameters.output_scale) * double(parameters.decoder_bias));
        if (write)
            for (std::size_t h = 0; h < shape.channels; ++h) {
                encoder[h] = float(double(parameters.encoder[h]) * double(parameters.input_scale));
                decoder[h] = float(double(parameters.decoder[h]) * double(parameters.output_scale));
            }
        stack.layer = arena.take<Layer>(shape.layers);
        for (std::size_t l = 0; l < shape.layers; ++l) {
            const Layer layer =
                lay_out_layer(arena, write, parameters, l, sorted[l], discrete.layers[l].taps, padded, lanes);
            if (write)
                stack.layer[l] = layer;
        }
        return stack;
    };
    Arena counting(nullptr);
    lay_out(counting, false);
    memory_ = AlignedMemory(counting.size());
    Arena arena(memory_.get());
    stack_ = lay_out(arena, true);
}

ScratchMemory::ScratchMemory(const Stack& stack) : stack_(stack) {
    const bool any_slow = std::any_of(stack.layer, stack.layer + stack.layers,
                                      [](const Layer& layer) { return layer.slow_rows > 0; });
    Arena counting(nullptr);
    take_scratch(counting, stack_, any_slow);
    memory_ = AlignedMemory(counting.size());
    Arena arena(memory_.get());
    take_scratch(arena, stack_, any_slow);
}

} // namespace continuo::dsp::kernels
