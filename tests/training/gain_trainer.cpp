#include "models/training/gain_trainer.h"

#include "models/common/errors.h"
#include "models/training/gain_validation.h"
#include "tests/catch.h"
#include "tests/training/compressor.h"

#include <algorithm>

using namespace continuo;
using tests::compressed, tests::compressor_data, tests::esr_on;

TEST_CASE("A gain model learns a compressor", "[training]") {
    const DataSet data = compressor_data({});
    GainTrainingOptions options;
    options.shape = default_gain_shape(0);
    options.steps = 120;
    const GainTrainingResult result = train_gain(data, options);
    CHECK(result.steps == 120);
    CHECK(result.validation_esr < 0.0005);
    CHECK(esr_on(result.best, compressed(48000, 99, 0.3f), {}) < 0.01);
    CHECK_FALSE(result.stopped_early);
    CHECK_FALSE(result.curve.empty());
}

TEST_CASE("A gain model learns a compressor that holds peaks", "[training]") {
    DataSet data;
    data.sample_rate = tests::compressor_rate;
    data.recordings.push_back(tests::peak_compressed(96000, 1));
    GainTrainingOptions options;
    options.shape = default_gain_shape(0);
    options.steps = 80;
    const GainTrainingResult result = train_gain(data, options);
    const Recording other = tests::peak_compressed(96000, 2);
    CHECK(esr_on(result.best, other, {}) < 0.001);
}

TEST_CASE("A gain model learns a knob and finds settings that it has not heard", "[training]") {
    const DataSet data = compressor_data({0.0f, 0.25f, 0.75f, 1.0f});
    GainTrainingOptions options;
    options.shape = default_gain_shape(1);
    options.steps = 100;
    options.seed = 2; // with a knob, some searches rest in a valley; docs/training.md
    const GainTrainingResult result = train_gain(data, options);
    CHECK(esr_on(result.best, compressed(48000, 99, 0.5f), {0.5f}) < 0.012); // the best fixed gain has 0.18
}

TEST_CASE("A gain model learns a compressor that turns the polarity", "[training]") {
    DataSet data = compressor_data({});
    for (float& sample : data.recordings[0].wet)
        sample = -sample;
    GainTrainingOptions options;
    options.shape = {3, 3, 3, 2, 0};
    options.steps = 16;
    CHECK(train_gain(data, options).validation_esr < 0.01);
}

TEST_CASE("The training of a gain model is the same for any number of threads", "[training]") {
    const DataSet data = compressor_data({0.1f, 0.5f, 0.9f});
    GainTrainingOptions options;
    options.shape = {3, 3, 3, 2, 1};
    options.steps = 12;
    options.threads = 1;
    const GainTrainingResult one = train_gain(data, options);
    options.threads = 3;
    const GainTrainingResult three = train_gain(data, options);
    CHECK(one.best == three.best);
    CHECK(one.validation_esr == three.validation_esr);
    // what is reported as held out is what a player makes of the held-out audio, and nothing else
    const ResolvedDataSet resolved = resolve_splits(data);
    WorkerPool pool(1);
    CHECK(one.validation_esr == streaming_esr(one.best, resolved.validation, pool));
    options.seed = 2;
    CHECK_FALSE(train_gain(data, options).best == one.best);
}

TEST_CASE("The training of a gain model stops when it is told to, and goes on from a model", "[training]") {
    const DataSet data = compressor_data({});
    GainTrainingOptions options;
    options.shape = {3, 3, 3, 2, 0};
    options.steps = 60;
    options.progress = [](const TrainingProgress& progress) { return progress.step < 2; };
    const GainTrainingResult stopped = train_gain(data, options);
    CHECK(stopped.stopped_early);
    CHECK(stopped.steps == 2);
    options.progress = {};
    options.steps = 3;
    options.from = stopped.best;
    const GainTrainingResult further = train_gain(data, options);
    CHECK(esr_on(further.best, data.recordings[0], {}) < esr_on(stopped.best, data.recordings[0], {}));
}

TEST_CASE("What cannot train a gain model is refused", "[training]") {
    DataSet data = compressor_data({});
    GainTrainingOptions options;
    options.shape = default_gain_shape(0);
    options.steps = 2;
    std::fill(data.recordings[0].wet.begin(), data.recordings[0].wet.end(), 0.0f);
    CHECK_THROWS_AS(train_gain(data, options), BadInput);
}
