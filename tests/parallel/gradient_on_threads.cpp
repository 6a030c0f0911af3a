// The kernels that train on a GPU, run on threads of this machine, beside the trainer's own pass.
#include "models/operations/waveform_loss.h"
#include "models/parallel/stack_gradient_engine.h"
#include "models/parallel/thread_device.h"
#include "models/training/engine_gradient.h"
#include "models/training/random.h"

#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

using namespace continuo;
using operations::LearnedTensor;
using operations::ParameterLayout;
using parallel::GradientSequence;

namespace {

constexpr double tolerance = 1e-5; // of each tensor's norm; measured: 3e-6 at most
constexpr double rate = 48000.0, plain_weight = 0.4, emphasised_weight = 0.6;

struct Case {
    dsp::StackShape shape;
    std::vector<GradientSequence> sequences;
};

/// One sequence of audio, whose loss counts by energies that stand for those of the target.
GradientSequence sequence(std::int64_t first, int frames, int warm_up, bool whole, int setting = 0) {
    return {first,
            frames,
            warm_up,
            whole ? 0 : warm_up,
            setting,
            plain_weight / (0.01 * frames),
            emphasised_weight / (0.02 * frames),
            std::uint64_t(first) * 77 + 5};
}

struct Audio {
    std::vector<float> dry = dsp::test_signal(3000, 1), wet = dsp::test_signal(3000, 2);
};

struct Problem {
    dsp::StackParameters stack;
    std::vector<std::vector<float>> knobs; ///< settings
    Audio audio;
    std::vector<GradientSequence> sequences;

    explicit Problem(const Case& c)
        : stack(dsp::random_stack(c.shape, rate, 3)), knobs{{}}, sequences(c.sequences) {
        if (c.shape.knobs > 0)
            knobs = {std::vector<float>(c.shape.knobs, 0.3f), std::vector<float>(c.shape.knobs, 0.8f),
                     std::vector<float>(c.shape.knobs, 0.5f)};
    }
    EngineGradient::Settings settings() const { return {knobs.begin(), knobs.end()}; }
    std::size_t values() const { return ParameterLayout(stack.shape).size(); }

    std::unique_ptr<parallel::GradientEngine> engine(std::size_t round_frames) const {
        const parallel::StackLayout layout{int(stack.shape.layers),
                                           int(operations::padded_channels(stack.shape.channels)),
                                           int(stack.shape.modes)};
        return std::unique_ptr<parallel::GradientEngine>(
            parallel::make_stack_gradient_engine<parallel::ThreadDevice>(
                {layout, audio.dry.data(), audio.wet.data(), std::int64_t(audio.dry.size())}, round_frames));
    }
    EngineGradient on_threads(std::size_t round_frames = 100000) const {
        return EngineGradient(engine(round_frames), stack.shape);
    }

    /// What the trainer's own pass gives for one sequence; adds to the gradient.
    double expected(const GradientSequence& s, bool along_signs, std::span<double> gradient) const {
        const auto frames = std::size_t(s.frames), warm_up = std::size_t(s.warm_up);
        const auto input = std::span(audio.dry).subspan(std::size_t(s.first), frames);
        const auto target = std::span(audio.wet).subspan(std::size_t(s.first), frames);
        const operations::PreparedStack prepared(stack, knobs[std::size_t(s.setting)]);
        operations::SequenceWorkspace workspace(stack.shape, frames);
        const operations::StackGradient operation;
        std::vector<float> output(frames), output_gradient(frames, 0.0f);
        operation.forward(prepared, input, output, workspace);
        // share (1 − p) / D and p / D_pre with p = 0.5
        const operations::WaveformEnergies energies{0.5 / s.plain_scale, 0.5 / s.emphasised_scale};
        double loss = 0.0;
        if (along_signs) {
            continuo::Random signs(s.seed);
            std::vector<float> plain(frames), pre_emphasised(frames);
            for (std::size_t t = warm_up; t < frames; ++t) {
                const std::uint64_t bits = signs.bits();
                plain[t] = (bits >> 63) != 0 ? 1.0f : -1.0f;
                pre_emphasised[t] = (bits >> 62 & 1) != 0 ? 1.0f : -1.0f;
            }
            operations::waveform_loss_root(plain, pre_emphasised, warm_up, energies, {0.5, 0.0},
                                           output_gradient);
        } else {
            loss = operations::waveform_loss(target, output, warm_up, energies, {0.5, 0.0}, output_gradient);
        }
        operation.backward(stack, prepared, knobs[std::size_t(s.setting)], input, std::size_t(s.derived_from),
                           output_gradient, workspace, gradient);
        return loss;
    }
};

/// The largest difference of a tensor over its norm.
template <class A, class B>
double difference(const dsp::StackShape& shape, const A& found, const B& expected) {
    double worst = 0.0;
    const ParameterLayout layout(shape);
    for (const LearnedTensor& tensor : layout.tensors()) {
        double error = 0.0, norm = 0.0;
        for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
            const double e = double(found[i]) - double(expected[i]);
            error += e * e;
            norm += double(expected[i]) * double(expected[i]);
        }
        if (tensor.size() == 0)
            continue;
        const double relative = std::isfinite(error) ? std::sqrt(error / norm) : 1e9;
        if (relative > tolerance)
            UNSCOPED_INFO(tensor.name << " of layer " << tensor.layer << ": " << relative);
        worst = std::max(worst, relative);
    }
    return worst;
}

// Ragged lengths, several blocks, less than a segment, with and without the way through the equilibrium,
// several settings of the knobs out of order.
const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {{2, 8, 4, 0}, {sequence(10, 1300, 128, false), sequence(0, 100, 0, true)}},
        {{4, 8, 8, 0}, {sequence(77, 300, 64, false), sequence(1000, 233, 100, true)}},
        {{3, 5, 7, 2},
         {sequence(5, 100, 64, false, 2), sequence(900, 50, 20, true, 0), sequence(400, 130, 64, true, 2)}},
        {{2, 16, 8, 0}, {sequence(3, 300, 192, false), sequence(1200, 129, 30, true)}},
        {{2, 16, 16, 0}, {sequence(3, 150, 64, false)}},
        {{1, 3, 12, 0}, {sequence(3, 140, 10, true)}},
        {{1, 12, 3, 0}, {sequence(3, 300, 64, false)}},
    };
    return all;
}

} // namespace

TEST_CASE("losses and gradients parallel in time are the trainer's") {
    for (const Case& c : cases()) {
        const Problem problem(c);
        std::vector<double> expected(problem.values(), 0.0), found(problem.values());
        double loss = 0.0;
        for (const GradientSequence& s : problem.sequences)
            loss += problem.expected(s, false, expected);
        const double found_loss =
            problem.on_threads().sum(problem.stack, problem.settings(), problem.sequences, found);
        INFO(c.shape.layers << " x " << c.shape.channels << " x " << c.shape.modes);
        CHECK(found_loss == Approx(loss).epsilon(1e-6));
        CHECK(difference(c.shape, found, expected) < tolerance);
    }
}

TEST_CASE("derivatives along random directions are the trainer's, sequence by sequence") {
    for (const dsp::StackShape& shape : {dsp::StackShape{2, 8, 8, 0}, {1, 8, 4, 2}}) {
        const int last = shape.knobs > 0 ? 1 : 0;
        const Problem problem({shape, {sequence(100, 192, 64, true, last), sequence(500, 192, 64, true)}});
        WorkerPool pool(2);
        const Eigen::MatrixXf found =
            problem.on_threads().along_signs(problem.stack, problem.settings(), problem.sequences, pool);
        REQUIRE(found.cols() == 2);
        for (Eigen::Index i = 0; i < 2; ++i) {
            std::vector<double> expected(problem.values(), 0.0);
            problem.expected(problem.sequences[std::size_t(i)], true, expected);
            INFO("sequence " << i << ", " << shape.knobs << " knobs");
            CHECK(difference(shape, found.col(i), expected) < tolerance);
        }
    }
}

TEST_CASE("the same question gives the same bits; rounds are cut where they say") {
    const Problem problem(
        {{1, 8, 4, 0},
         {sequence(10, 300, 64, false), sequence(700, 200, 128, false), sequence(1500, 300, 64, false)}});
    const auto ask = [&](EngineGradient& engine, std::vector<double>& gradient) {
        gradient.resize(problem.values());
        return engine.sum(problem.stack, problem.settings(), problem.sequences, gradient);
    };
    EngineGradient one_round = problem.on_threads(), rounds = problem.on_threads(500);
    std::vector<double> gradient, again, other;
    const double loss = ask(one_round, gradient);
    for (int repetition = 0; repetition < 2; ++repetition) { // as it is, as a graph
        CHECK(ask(one_round, again) == loss);
        CHECK(again == gradient);
    }
    CHECK(ask(rounds, other) == loss);                               // each sequence by itself
    CHECK(difference(problem.stack.shape, other, gradient) < 1e-12); // only what double rounds
    // A larger question makes memory anew, and the smaller one is answered as before.
    std::vector<GradientSequence> more = problem.sequences;
    more.push_back(sequence(2000, 900, 64, false));
    one_round.sum(problem.stack, problem.settings(), more, other);
    CHECK(difference(problem.stack.shape, other, gradient) > 1e-3);
    CHECK(ask(one_round, again) == loss);
    CHECK(again == gradient);
}

TEST_CASE("an engine refuses what it cannot answer") {
    const Problem problem({{1, 2, 2, 0}, {}});
    EngineGradient engine = problem.on_threads();
    std::vector<double> gradient(problem.values());
    const auto ask = [&](const GradientSequence& one) {
        return engine.sum(problem.stack, problem.settings(), {one}, gradient);
    };
    GradientSequence inside = sequence(0, 200, 100, false); // not where a segment begins
    CHECK_THROWS_AS(ask(inside), std::invalid_argument);
    inside.derived_from = 64; // not where the warm-up ends
    CHECK_THROWS_AS(ask(inside), std::invalid_argument);
    CHECK_THROWS_AS(ask(sequence(2900, 101, 0, true)), std::invalid_argument);
    CHECK_THROWS_AS(ask(sequence(-1, 100, 0, true)), std::invalid_argument);
    CHECK_THROWS_AS(ask(sequence(0, 100, 100, true)), std::invalid_argument);
    CHECK_NOTHROW(ask(sequence(2900, 100, 0, true)));
    const float* none = nullptr;
    for (const parallel::StackLayout& layout : {parallel::StackLayout{1, 24, 4}, {1, 8, 17}})
        CHECK_THROWS_AS(parallel::make_stack_gradient_engine<parallel::ThreadDevice>({layout, none, none, 0},
                                                                                     std::size_t(1)),
                        std::invalid_argument);
}
