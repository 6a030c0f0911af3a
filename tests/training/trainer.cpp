#include "models/training/trainer.h"

#include "dsp/streaming_stack.h"
#include "models/common/errors.h"
#include "models/metrics/metrics.h"
#include "tests/catch.h"
#include "tests/training/device.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace continuo;
using namespace continuo::tests;

namespace {

TrainingOptions quick(std::size_t steps) {
    TrainingOptions options;
    options.shape = {2, 8, 4, 0};
    options.steps = steps;
    options.threads = 2;
    return options;
}

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("continuo-training-" + std::to_string(getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
};

double esr_of(const dsp::StackParameters& stack, const Recording& recording) {
    dsp::StreamingStack stream(stack, stack.sample_rate);
    stream.reset(recording.knobs);
    std::vector<float> output(recording.dry.size());
    stream.process(recording.dry.data(), output.data(), output.size());
    return esr(recording.wet, output);
}

} // namespace

TEST_CASE("A trained model plays audio that it never heard as the device does", "[training]") {
    const DataSet data = simulated_data(64000);
    const TrainingResult result = train(data, quick(500));
    CHECK(result.steps >= 500);
    CHECK(result.steps < 510); // the last evaluation counts as many steps as it is long
    CHECK(!result.stopped_early);
    CHECK(result.validation_esr < 0.02);
    CHECK(esr_of(result.best, simulated_recording(32000, 99)) < 0.03);
    REQUIRE(!result.curve.empty());
    CHECK(result.curve.back().training_loss < result.curve.front().training_loss);
}

TEST_CASE("Training gives the same bits for any number of threads", "[training]") {
    const DataSet data = simulated_data();
    TrainingOptions options = quick(10);
    options.threads = 1;
    const dsp::StackParameters one = train(data, options).best;
    options.threads = 2;
    CHECK(train(data, options).best == one);
    options.threads = 4;
    CHECK(train(data, options).best == one);
    options.seed = 2;
    CHECK(train(data, options).best != one);
}

TEST_CASE("A training that was stopped and resumed gives the same bits as one that was not", "[training]") {
    const Folder folder;
    const DataSet data = simulated_data();
    TrainingOptions options = quick(60);
    const TrainingResult whole = train(data, options);

    options.checkpoint = folder.path / "model.checkpoint";
    std::size_t reached = 0, stops = 0;
    for (;;) {
        const std::size_t stop_at = reached + 7;
        options.progress = [&](const TrainingProgress& progress) {
            reached = progress.step;
            return progress.step < stop_at;
        };
        const TrainingResult part = train(data, options);
        if (!part.stopped_early) {
            CHECK(part.best == whole.best);
            CHECK(part.validation_esr == whole.validation_esr);
            CHECK(part.curve.size() == whole.curve.size());
            break;
        }
        ++stops;
        REQUIRE(std::filesystem::exists(options.checkpoint));
        options.resume = true;
    }
    CHECK(stops > 0);
}

TEST_CASE("A checkpoint of another training, or a broken one, is refused", "[training]") {
    const Folder folder;
    DataSet data = simulated_data();
    TrainingOptions options = quick(1000);
    options.checkpoint = folder.path / "model.checkpoint";
    options.progress = [](const TrainingProgress&) { return false; };
    REQUIRE(train(data, options).stopped_early);
    options.resume = true;

    SECTION("another recording") {
        data.recordings[0].wet[100] += 0.1f;
        CHECK_THROWS_AS(train(data, options), BadInput);
    }
    SECTION("another length") {
        options.steps = 900;
        CHECK_THROWS_AS(train(data, options), BadInput);
    }
    SECTION("cut off") {
        std::filesystem::resize_file(options.checkpoint, std::filesystem::file_size(options.checkpoint) - 9);
        CHECK_THROWS_AS(train(data, options), BadInput);
    }
    SECTION("text") {
        std::ofstream(options.checkpoint) << "not a checkpoint";
        CHECK_THROWS_AS(train(data, options), BadInput);
    }
    SECTION("none") {
        std::filesystem::remove(options.checkpoint);
        CHECK_THROWS_AS(train(data, options), BadInput);
    }
}

TEST_CASE("Fine-tuning starts from the model that it is given", "[training]") {
    const TrainingResult base = train(simulated_data(64000), quick(400));
    DataSet other;
    other.sample_rate = 16000.0;
    other.recordings.push_back(simulated_recording(16000, 3, 4.0f));
    TrainingOptions options = quick(60);
    const double scratch = train(other, options).validation_esr;
    options.from = base.best;
    const double tuned = train(other, options).validation_esr;
    INFO("from scratch " << scratch << ", fine-tuned " << tuned);
    CHECK(tuned < 0.5 * scratch);
}

TEST_CASE("A knob learned at two settings changes the sound in between", "[training]") {
    DataSet data;
    data.sample_rate = 16000.0;
    data.knob_names = {"drive"};
    for (const float drive : {1.0f, 8.0f}) {
        data.recordings.push_back(simulated_recording(48000, unsigned(drive), drive));
        data.recordings.back().knobs = {drive > 4.0f ? 1.0f : 0.0f};
    }
    TrainingOptions options = quick(700);
    options.shape.knobs = 1;
    const TrainingResult result = train(data, options);
    Recording low = simulated_recording(32000, 50, 1.0f), high = simulated_recording(32000, 51, 8.0f);
    low.knobs = {0.0f};
    high.knobs = {1.0f};
    CHECK(esr_of(result.best, low) < 0.1);
    CHECK(esr_of(result.best, high) < 0.1);
    high.knobs = {0.0f}; // the wrong setting is wrong
    CHECK(esr_of(result.best, high) > 0.1);
}

TEST_CASE("Audio that cannot train a model is refused", "[training]") {
    DataSet data = simulated_data();
    SECTION("silent wet") {
        data.recordings[0].wet.assign(data.recordings[0].wet.size(), 0.0f);
    }
    SECTION("silent dry") {
        data.recordings[0].dry.assign(data.recordings[0].dry.size(), 0.0f);
    }
    SECTION("lengths differ") {
        data.recordings[0].wet.pop_back();
    }
    SECTION("not a number") {
        data.recordings[0].wet[5] = std::nanf("");
    }
    SECTION("too short") {
        data.recordings[0].dry.resize(1000);
        data.recordings[0].wet.resize(1000);
    }
    SECTION("nothing to train on") {
        data.recordings[0].split = Split::test;
    }
    CHECK_THROWS_AS(train(data, quick(5)), BadInput);
}
