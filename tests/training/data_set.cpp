#include "models/training/data_set.h"

#include "tests/catch.h"
#include "tests/training/device.h"

using namespace continuo;

TEST_CASE("The tenth of median energy is held out of a recording with no split", "[training]") {
    DataSet data = tests::simulated_data(40000);
    const double levels[] = {0.0, 0.9, 0.1, 0.5, 0.2, 0.3, 0.8, 0.7, 0.4, 0.0}; // 0.4 is the sixth of ten
    for (std::size_t i = 0; i < 40000; ++i)
        data.recordings[0].wet[i] = float(levels[i / 4000] * ((i & 1) != 0 ? 1.0 : -1.0));
    const ResolvedDataSet resolved = resolve_splits(data);
    REQUIRE(resolved.validation.size() == 1);
    CHECK(resolved.validation[0].begin == 32000);
    CHECK(resolved.validation[0].end == 36000);
    CHECK(resolved.validation[0].warm_up == 8000);
    REQUIRE(resolved.training.size() == 2);
    CHECK(resolved.training[0].begin == 1600); // a tenth of a second
    CHECK(resolved.training[0].warm_up == 1600);
    CHECK(resolved.training[0].end == 32000);
    CHECK(resolved.training[1].begin == 36000);
    CHECK(resolved.training[1].warm_up == 8000);
    CHECK(resolved.training[1].end == 40000);
    CHECK(resolved.test.empty());
}

TEST_CASE("A recording with a split goes there whole", "[training]") {
    DataSet data = tests::simulated_data(40000);
    for (const Split split : {Split::train, Split::validation, Split::test}) {
        data.recordings.push_back(tests::simulated_recording(20000, 8));
        data.recordings.back().split = split;
    }
    const ResolvedDataSet resolved = resolve_splits(data);
    CHECK(resolved.training.size() == 3); // two stretches of the first recording, and the second one
    CHECK(resolved.validation.size() == 2);
    REQUIRE(resolved.test.size() == 1);
    CHECK(resolved.test[0].source == &data.recordings[3]);
    CHECK(resolved.test[0].end == 20000);
    CHECK(resolved.training[2].begin == 0); // of less than two seconds every sample counts
}
