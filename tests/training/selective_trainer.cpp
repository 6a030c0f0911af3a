#include "models/training/gain_trainer.h"

#include "models/common/errors.h"
#include "tests/catch.h"
#include "tests/training/compressor.h"

#include <algorithm>

using namespace continuo;
using tests::compressed, tests::compressor_data, tests::esr_on;

TEST_CASE("A selective model learns a compressor", "[training]") {
    const DataSet data = compressor_data({});
    SelectiveTrainingOptions options;
    options.shape = default_selective_shape(0);
    options.steps = 120;
    const SelectiveTrainingResult result = train_gain(data, options);
    CHECK(result.steps == 120);
    CHECK(result.validation_esr < 0.0005);
    CHECK(esr_on(result.best, compressed(48000, 99, 0.3f), {}) < 0.01);
    CHECK_FALSE(result.stopped_early);
    CHECK_FALSE(result.curve.empty());
}

TEST_CASE("A selective model learns a knob and finds settings that it has not heard", "[training]") {
    const DataSet data = compressor_data({0.0f, 0.25f, 0.75f, 1.0f});
    SelectiveTrainingOptions options;
    options.shape = default_selective_shape(1);
    options.steps = 100;
    const SelectiveTrainingResult result = train_gain(data, options);
    CHECK(esr_on(result.best, compressed(48000, 99, 0.5f), {0.5f}) < 0.012); // the best fixed gain has 0.18
}

TEST_CASE("The training of a selective model is the same for any number of threads", "[training]") {
    const DataSet data = compressor_data({0.1f, 0.5f, 0.9f});
    SelectiveTrainingOptions options;
    options.shape = {3, 2, 2, 3, 2, 1};
    options.steps = 12;
    options.threads = 1;
    const SelectiveTrainingResult one = train_gain(data, options);
    options.threads = 3;
    const SelectiveTrainingResult three = train_gain(data, options);
    CHECK(one.best == three.best);
    CHECK(one.validation_esr == three.validation_esr);
    options.seed = 2;
    CHECK_FALSE(train_gain(data, options).best == one.best);
}

TEST_CASE("The training of a selective model goes on from a model", "[training]") {
    const DataSet data = compressor_data({});
    SelectiveTrainingOptions options;
    options.shape = {3, 2, 2, 3, 2, 0};
    options.steps = 3;
    const SelectiveTrainingResult begun = train_gain(data, options);
    options.from = begun.best;
    const SelectiveTrainingResult further = train_gain(data, options);
    CHECK(esr_on(further.best, data.recordings[0], {}) < esr_on(begun.best, data.recordings[0], {}));
}

TEST_CASE("What cannot train a selective model is refused", "[training]") {
    DataSet data = compressor_data({});
    SelectiveTrainingOptions options;
    options.shape = default_selective_shape(0);
    options.steps = 2;
    std::fill(data.recordings[0].wet.begin(), data.recordings[0].wet.end(), 0.0f);
    CHECK_THROWS_AS(train_gain(data, options), BadInput);
}
