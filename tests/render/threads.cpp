// Threads that share a file give the bits of the real-time core, and none of them is left hanging.
#include "models/render/render.h"
#include "models/render/render_team.h"

#include "dsp/layered_stack.h"
#include "dsp/streaming_stack.h"

#include "tests/catch.h"
#include "tests/dsp/stacks.h"
#include "tests/format/example_model.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <stdexcept>
#include <thread>

using namespace continuo;
using continuo::tests::example_model;

namespace {

/// Some of its modes run in double: random_stack makes slow ones.
Model model_of(const dsp::StackShape& shape) {
    Model model;
    model.network = dsp::random_stack(shape, 48000.0, 17);
    return model;
}

std::vector<float> knobs_of(const Model& model) {
    std::vector<float> knobs;
    for (std::size_t k = 0; k < model.stack().shape.knobs; ++k)
        knobs.push_back(0.3f + 0.4f * float(k % 2));
    return knobs;
}

std::vector<float> streamed(const Model& model, const std::vector<float>& input, std::size_t block) {
    dsp::StreamingStack stack(model.stack(), 48000.0);
    stack.reset(knobs_of(model));
    return dsp::run(stack, input, block);
}

std::vector<float> rendered(const Model& model, const std::vector<float>& input, std::size_t threads) {
    std::vector<float> output(input.size());
    render_channel(model, input, output, 48000.0, {knobs_of(model), 1024, {}, threads});
    return output;
}

constexpr std::size_t thread_counts[] = {1, 2, 3, 4, 8};

} // namespace

TEST_CASE("Any number of threads gives the bits of the real-time core", "[render][threads]") {
    for (const dsp::StackShape& shape : {dsp::StackShape{4, 8, 8, 2}, dsp::StackShape{1, 3, 2, 0},
                                         dsp::StackShape{8, 16, 4, 1}, dsp::StackShape{3, 33, 3, 0}}) {
        const Model model = model_of(shape);
        for (const std::size_t frames : {0, 1, 63, 2047, 2048, 2049, 40001}) {
            const auto input = dsp::test_signal(frames, 5);
            const auto expected = streamed(model, input, 64);
            REQUIRE(streamed(model, input, 100) == expected);
            for (const std::size_t threads : thread_counts) {
                INFO(dsp::describe(shape, dsp::default_instruction_set())
                     << ", " << frames << " frames, " << threads << " threads");
                CHECK(rendered(model, input, threads) == expected);
            }
        }
    }
}

TEST_CASE("Layers that run apart give the bits of the real-time core with every instruction set",
          "[render][threads]") {
    for (const dsp::StackShape& shape :
         {dsp::StackShape{4, 8, 8, 2}, dsp::StackShape{2, 12, 5, 0}, dsp::StackShape{2, 40, 2, 0}}) {
        const Model model = model_of(shape);
        const auto input = dsp::test_signal(5001, 6);
        for (const dsp::InstructionSet set : dsp::available_instruction_sets()) {
            INFO(dsp::describe(shape, set));
            dsp::StreamingStack core(model.stack(), 44100.0, set);
            core.reset(knobs_of(model));
            const auto expected = dsp::run(core, input, 64);

            dsp::LayeredStack stack(model.stack(), dsp::discretise(model.stack(), 44100.0), knobs_of(model),
                                    set);
            constexpr std::size_t piece = 192;
            alignas(64) static float between[piece * 64];
            REQUIRE(stack.width() <= 64);
            std::vector<float> audio = input;
            for (std::size_t begin = 0; begin < audio.size(); begin += piece)
                for (std::size_t layer = 0; layer < stack.layers(); ++layer)
                    stack.run_layer(layer, {audio.data() + begin, between, audio.data() + begin,
                                            std::min(piece, audio.size() - begin)});
            CHECK(audio == expected);
        }
    }
}

TEST_CASE("Channels share the threads, in place", "[render][threads]") {
    const Model model = model_of({4, 8, 8, 1});
    const Audio dry{48000.0,
                    {dsp::test_signal(30000, 1), dsp::test_signal(30000, 2), dsp::test_signal(30000, 3)}};
    for (const std::size_t threads : thread_counts) {
        Audio audio = dry;
        render_audio(model, audio, {knobs_of(model), 1024, {}, threads});
        for (std::size_t channel = 0; channel < dry.channels.size(); ++channel)
            CHECK(audio.channels[channel] == streamed(model, dry.channels[channel], 512));
    }
}

TEST_CASE("With threads, too, progress adds up to the length on the calling thread", "[render][threads]") {
    const Model model = model_of({4, 8, 4, 0});
    Audio audio{48000.0, {dsp::test_signal(300001, 1), dsp::test_signal(300001, 2)}};
    std::vector<std::size_t> steps;
    const auto here = std::this_thread::get_id();
    bool elsewhere = false;
    render_audio(model, audio,
                 {{},
                  1024,
                  [&](std::size_t frames) {
                      steps.push_back(frames);
                      elsewhere = elsewhere || std::this_thread::get_id() != here;
                  },
                  3});
    CHECK(std::accumulate(steps.begin(), steps.end(), std::size_t{0}) == 600002);
    CHECK(steps.size() > 1);
    CHECK(!elsewhere);
}

TEST_CASE("What the progress throws ends the work and reaches the caller", "[render][threads]") {
    const Model model = model_of({4, 8, 4, 0});
    const auto input = dsp::test_signal(400000, 1);
    std::vector<float> output(input.size());
    for (const std::size_t threads : thread_counts) {
        int calls = 0;
        const auto interrupt = [&](std::size_t) {
            if (++calls == 2)
                throw std::runtime_error("enough");
        };
        CHECK_THROWS_AS(render_channel(model, input, output, 48000.0, {{}, 1024, interrupt, threads}),
                        std::runtime_error);
        CHECK(calls == 2);
    }
}

TEST_CASE("A model that cannot run leaves no thread behind", "[render][threads]") {
    Model model = model_of({2, 4, 3, 0});
    const auto input = dsp::test_signal(10000, 1);
    std::vector<float> output(input.size());
    const auto play = [&](double rate) { render_channel(model, input, output, rate, {{}, 1024, {}, 4}); };
    CHECK_THROWS_AS(play(10.0), std::invalid_argument);
    CHECK_THROWS_AS(render_channel(model, input, output, 48000.0, {{}, 1024, {}, 0}), std::invalid_argument);
    model.stack().layers[1].pole_decay[0] = -1.0f;
    CHECK_THROWS_AS(play(48000.0), std::invalid_argument);
}

TEST_CASE("A team renders several files, and one that fails does not hold up the others",
          "[render][threads]") {
    const Model model = model_of({4, 8, 4, 0});
    std::vector<Audio> files;
    for (std::size_t file = 0; file < 5; ++file)
        files.push_back({48000.0, {dsp::test_signal(20000 + 30000 * (file % 3), file)}});
    const std::vector<Audio> dry = files;
    for (const std::size_t threads : thread_counts) {
        files = dry;
        std::atomic<std::size_t> next = 0, failed = 0;
        RenderTeam::gather(threads, [&](RenderTeam& team, std::size_t) {
            for (std::size_t file = next++; file < files.size(); file = next++)
                try {
                    const auto progress = [&](std::size_t) {
                        if (file == 1)
                            throw std::runtime_error("enough");
                    };
                    render_audio(model, files[file], {{}, 1024, progress}, team);
                } catch (const std::runtime_error&) {
                    ++failed;
                }
        });
        CHECK(failed == 1);
        for (const std::size_t file : {0, 2, 3, 4})
            CHECK(files[file].channels[0] == streamed(model, dry[file].channels[0], 64));
    }
    CHECK_THROWS_AS(
        RenderTeam::gather(3, [](RenderTeam&, std::size_t) { throw std::runtime_error("enough"); }),
        std::runtime_error);
}

TEST_CASE("A wavefront gives out a task when what it needs is done, and keeps to its window",
          "[render][threads]") {
    Wavefront wavefront(2, 3, 5, 2);
    const auto first = wavefront.take();
    REQUIRE(first == WavefrontTask{0, 0, 0});
    CHECK(wavefront.take() == WavefrontTask{1, 0, 0}); // the other chain
    CHECK(!wavefront.take());                          // all others need these
    wavefront.finish(*first);
    CHECK(wavefront.take(first) == WavefrontTask{0, 1, 0});
    const auto second = wavefront.take(first);
    REQUIRE(second == WavefrontTask{0, 0, 1});
    wavefront.finish(*second);
    CHECK(!wavefront.has_task()); // stage 1 is on segment 0, and segment 2 lies beyond the window
    wavefront.finish({0, 1, 0});
    CHECK(wavefront.take() == WavefrontTask{0, 2, 0});
    wavefront.finish({0, 2, 0});
    CHECK(wavefront.segments_done() == 1);
    CHECK(wavefront.take() == WavefrontTask{0, 1, 1});
    CHECK(wavefront.take() == WavefrontTask{0, 0, 2});
    wavefront.cancel();
    CHECK(!wavefront.take());
    CHECK(!wavefront.finished());
    for (const WavefrontTask& task : {WavefrontTask{1, 0, 0}, {0, 1, 1}, {0, 0, 2}})
        wavefront.finish(task);
    CHECK(wavefront.finished());
}
