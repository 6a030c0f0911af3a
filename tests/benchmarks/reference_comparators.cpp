#include "tests/benchmarks/comparators.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <span>

namespace continuo::benchmarks {

namespace {

using Vector = std::vector<double>;

/// matrix [from][to] times x.
Vector times(std::span<const float> matrix, const Vector& x) {
    Vector y(matrix.size() / x.size(), 0.0);
    for (std::size_t from = 0; from < x.size(); ++from)
        for (std::size_t to = 0; to < y.size(); ++to)
            y[to] += double(matrix[from * y.size() + to]) * x[from];
    return y;
}

void add(Vector& x, std::span<const float> y) {
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] += double(y[i]);
}

void add(Vector& x, const Vector& y) {
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] += y[i];
}

Vector normalised(Vector x) {
    double sum = 0.0;
    for (const double value : x)
        sum += value * value;
    for (double& value : x)
        value /= std::sqrt(sum / double(x.size()) + 1e-5);
    return x;
}

double sigmoid(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

/// One layer of attention: the q, k, v of all tokens so far in, what the newest one gathers out.
Vector gathered(const AttentionParameters& attention, const std::vector<Vector>& history) {
    constexpr std::size_t width = AttentionParameters::width, head_width = AttentionParameters::head_width;
    const std::size_t count = std::min(history.size(), attention.window);
    Vector result(width, 0.0);
    for (std::size_t head = 0; head < AttentionParameters::heads; ++head) {
        const double slope = double(head + 1) * 4.0 / double(attention.window);
        double sum = 0.0;
        Vector values(head_width, 0.0);
        for (std::size_t age = 0; age < count; ++age) {
            const Vector& token = history[history.size() - 1 - age];
            double score = 0.0;
            for (std::size_t i = head * head_width; i < (head + 1) * head_width; ++i)
                score += history.back()[i] * token[width + i];
            const double weight = std::exp(score / std::sqrt(double(head_width)) - slope * double(age));
            sum += weight;
            for (std::size_t i = 0; i < head_width; ++i)
                values[i] += weight * token[2 * width + head * head_width + i];
        }
        for (std::size_t i = 0; i < head_width; ++i)
            result[head * head_width + i] = values[i] / sum;
    }
    return result;
}

class Uniform {
  public:
    explicit Uniform(unsigned seed) : random_(seed) {}
    void operator()(std::span<float> values, float range) {
        std::uniform_real_distribution<float> uniform(-range, range);
        for (float& value : values)
            value = uniform(random_);
    }

  private:
    std::mt19937 random_;
};

template <typename Parameters>
std::size_t count_members(const Parameters& parameters) {
    std::size_t count = 0;
    for_each_member(parameters, [&count](std::span<const float> member) { count += member.size(); });
    return count;
}

} // namespace

LstmParameters random_lstm(unsigned seed) {
    Uniform fill(seed);
    LstmParameters lstm;
    fill(lstm.input, 2.0f);
    fill(lstm.bias, 0.3f);
    fill(lstm.hidden, 0.4f);
    fill(lstm.readout, 0.4f);
    lstm.direct = 0.5f;
    lstm.offset = 0.01f;
    return lstm;
}

AttentionParameters random_attention(std::size_t frame, std::size_t window, unsigned seed) {
    constexpr std::size_t width = AttentionParameters::width;
    Uniform fill(seed);
    AttentionParameters attention;
    attention.frame = frame;
    attention.window = window;
    attention.embedding.resize(frame * width);
    attention.readout.resize(width * frame);
    fill(attention.embedding, 3.0f / std::sqrt(float(frame)));
    fill(attention.embedding_bias, 0.3f);
    fill(attention.readout, 0.3f);
    for (AttentionParameters::Layer& layer : attention.layer) {
        fill(layer.query_key_value, 0.4f);
        fill(layer.output, 0.4f);
        fill(layer.up, 0.3f);
        fill(layer.up_bias, 0.1f);
        fill(layer.down, 0.2f);
        fill(layer.down_bias, 0.1f);
    }
    return attention;
}

std::size_t parameter_count(const LstmParameters& lstm) {
    return count_members(lstm);
}

std::size_t parameter_count(const AttentionParameters& attention) {
    return count_members(attention);
}

bool comparators_run_here() {
    const auto sets = dsp::available_instruction_sets();
    return std::ranges::find(sets, comparator_instruction_set()) != sets.end();
}

std::vector<double> reference(const LstmParameters& lstm, const std::vector<float>& input) {
    constexpr std::size_t units = LstmParameters::units;
    Vector h(units, 0.0), c(units, 0.0), output;
    for (const float x : input) {
        Vector gate = times(lstm.hidden, h);
        add(gate, lstm.bias);
        for (std::size_t i = 0; i < gate.size(); ++i)
            gate[i] += double(lstm.input[i]) * double(x);
        double y = double(lstm.direct) * double(x) + double(lstm.offset);
        for (std::size_t i = 0; i < units; ++i) {
            c[i] = sigmoid(gate[units + i]) * c[i] + sigmoid(gate[i]) * std::tanh(gate[2 * units + i]);
            h[i] = sigmoid(gate[3 * units + i]) * std::tanh(c[i]);
            y += double(lstm.readout[i]) * h[i];
        }
        output.push_back(y);
    }
    return output;
}

std::vector<double> reference(const AttentionParameters& attention, const std::vector<float>& input) {
    std::array<std::vector<Vector>, AttentionParameters::layers> history; // q, k, v of every token
    Vector output;
    for (std::size_t begin = 0; begin < input.size(); begin += attention.frame) {
        const auto first = input.begin() + std::ptrdiff_t(begin);
        Vector x = times(attention.embedding, Vector(first, first + std::ptrdiff_t(attention.frame)));
        add(x, attention.embedding_bias);
        for (std::size_t l = 0; l < history.size(); ++l) {
            const AttentionParameters::Layer& layer = attention.layer[l];
            history[l].push_back(times(layer.query_key_value, normalised(x)));
            add(x, times(layer.output, gathered(attention, history[l])));
            Vector inner = times(layer.up, normalised(x));
            add(inner, layer.up_bias);
            for (double& value : inner)
                value = std::max(0.0, value);
            add(x, times(layer.down, inner));
            add(x, layer.down_bias);
        }
        const Vector samples = times(attention.readout, normalised(x));
        output.insert(output.end(), samples.begin(), samples.end());
    }
    return output;
}

} // namespace continuo::benchmarks
