// Plays audio through an LSTM or attention with given weights: the models that memory_cost times, so that
// what memory_accuracy.py trains is measured by the code whose cost stands beside it. All files are bare
// floats in the byte order of the machine.
//
//   play_comparator FROM lstm WEIGHTS INPUT OUTPUT
//   play_comparator FROM attention FRAME WINDOW WEIGHTS INPUT OUTPUT
//
// Samples before FROM are played and not compared with the plain loops: a trained LSTM may never come to rest
// in silence, and then no two kinds of arithmetic agree until there is sound. WEIGHTS holds the members of
// LstmParameters or AttentionParameters in the order of their declaration. INPUT is a multiple of FRAME
// samples. Exit status 1 where the output differs from that of the plain loops, 2 where the arguments or a
// file are not as they should be.
#include "tests/benchmarks/comparators.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

using namespace continuo;
using namespace continuo::benchmarks;

namespace {

std::vector<float> read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file || bytes.empty() || bytes.size() % sizeof(float) != 0)
        throw std::invalid_argument(path + ": holds no floats; name a file of bare 32-bit floats");
    std::vector<float> values(bytes.size() / sizeof(float));
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(values.data()));
    return values;
}

/// Fills the members of a model, one after the other, from a file.
template <typename Parameters>
void fill(Parameters& parameters, const std::string& path) {
    const std::vector<float> weights = read(path);
    const std::size_t count = parameter_count(parameters);
    if (weights.size() != count)
        throw std::invalid_argument(path + (weights.size() < count
                                                ? ": holds too few weights for this model"
                                                : ": holds more weights than this model has"));
    auto next = weights.begin();
    for_each_member(parameters, [&next](std::span<float> member) {
        std::copy_n(next, member.size(), member.begin());
        next += std::ptrdiff_t(member.size());
    });
}

LstmParameters read_lstm(const std::string& path) {
    LstmParameters lstm;
    fill(lstm, path);
    return lstm;
}

AttentionParameters read_attention(const std::string& path, std::size_t frame, std::size_t window) {
    if (frame < 1 || frame > 64 || window < 32 || window % 32 != 0)
        throw std::invalid_argument("FRAME is 1 to 64 samples, WINDOW a multiple of 32 tokens");
    constexpr std::size_t width = AttentionParameters::width;
    AttentionParameters attention;
    attention.frame = frame;
    attention.window = window;
    attention.embedding.resize(frame * width);
    attention.readout.resize(width * frame);
    fill(attention, path);
    return attention;
}

/// What the model makes of the input, which has to be what its plain loops make of it: the difference may
/// hold a millionth of the energy, far less than the errors that are measured of it. Single samples of an
/// LSTM with large weights differ by some 1e-4 of the largest in any arithmetic of 32 bits.
template <typename Parameters>
std::vector<float> played(const Parameters& parameters, const std::vector<float>& input, std::size_t from) {
    std::vector<float> output(input.size());
    make_comparator(parameters)->process(input.data(), output.data(), input.size());
    const std::vector<double> expected = reference(parameters, input);
    double difference = 0.0, energy = 0.0;
    for (std::size_t i = from; i < output.size(); ++i) {
        difference += (double(output[i]) - expected[i]) * (double(output[i]) - expected[i]);
        energy += expected[i] * expected[i];
    }
    if (!(difference <= 1e-6 * energy)) // so for NaN, too
        throw std::runtime_error("differs from its plain loops by " + std::to_string(difference / energy) +
                                 " of their energy");
    return output;
}

std::vector<float> played(std::size_t from, std::span<char*> arguments) {
    const std::string kind = arguments[0];
    const std::vector<float> input = read(arguments[arguments.size() - 2]);
    if (kind == "lstm" && arguments.size() == 4)
        return played(read_lstm(arguments[1]), input, from);
    if (kind != "attention" || arguments.size() != 6)
        throw std::invalid_argument("the model is lstm or attention; attention has a FRAME and a WINDOW");
    const AttentionParameters attention = read_attention(
        arguments[3], std::strtoul(arguments[1], nullptr, 10), std::strtoul(arguments[2], nullptr, 10));
    if (input.size() % attention.frame != 0)
        throw std::invalid_argument(std::string(arguments[4]) + ": is not a whole number of frames long");
    return played(attention, input, from);
}

} // namespace

int main(int count, char** arguments) {
    if (count != 6 && count != 8) {
        std::fprintf(stderr, "usage: play_comparator FROM lstm WEIGHTS INPUT OUTPUT\n"
                             "       play_comparator FROM attention FRAME WINDOW WEIGHTS INPUT OUTPUT\n");
        return 2;
    }
    try {
        if (!comparators_run_here())
            throw std::invalid_argument("this processor lacks " +
                                        std::string(dsp::name(comparator_instruction_set())));
        const std::vector<float> output =
            played(std::strtoul(arguments[1], nullptr, 10), std::span(arguments + 2, std::size_t(count - 2)));
        std::ofstream file(arguments[count - 1], std::ios::binary);
        file.write(reinterpret_cast<const char*>(output.data()),
                   std::streamsize(output.size() * sizeof(float)));
        if (!file.flush())
            throw std::invalid_argument(std::string(arguments[count - 1]) + ": cannot be written");
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "play_comparator: %s\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "play_comparator: %s\n", error.what());
        return 1;
    }
    return 0;
}
