#include "models/training/data_set.h"

#include "tests/catch.h"
#include "tests/training/device.h"

using namespace continuo;

TEST_CASE("The last tenth of a recording with no split is held out, and its warm-up is audio before it",
          "[training]") {
    DataSet data = tests::simulated_data(40000);
    const ResolvedDataSet resolved = resolve_splits(data);
    REQUIRE(resolved.training.size() == 1);
    REQUIRE(resolved.validation.size() == 1);
    CHECK(resolved.training[0].begin == 0);
    CHECK(resolved.training[0].end == 36000);
    CHECK(resolved.validation[0].begin == 36000);
    CHECK(resolved.validation[0].end == 40000);
    CHECK(resolved.validation[0].warm_up == 8000);
    CHECK(resolved.test.empty());
}

TEST_CASE("A recording with a split goes there whole", "[training]") {
    DataSet data = tests::simulated_data(40000);
    for (const Split split : {Split::train, Split::validation, Split::test}) {
        data.recordings.push_back(tests::simulated_recording(20000, 8));
        data.recordings.back().split = split;
    }
    const ResolvedDataSet resolved = resolve_splits(data);
    CHECK(resolved.training.size() == 2);
    CHECK(resolved.validation.size() == 2);
    REQUIRE(resolved.test.size() == 1);
    CHECK(resolved.test[0].source == &data.recordings[3]);
    CHECK(resolved.test[0].end == 20000);
}
