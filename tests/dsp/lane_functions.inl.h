// The functions of a register of doubles, for tests. Included once by each lane_functions_*.cpp, after its
// architecture.

#include "dsp/gain/exponential.h"
#include "tests/dsp/lane_functions.h"

#include <limits>

namespace continuo::dsp {
namespace {

using Lanes = xsimd::batch<double, Architecture>;

double lane_of(const Lanes& values) {
    double lanes[Lanes::size];
    values.store_unaligned(lanes);
    for (const double lane : lanes)
        if (lane != lanes[0])
            return std::numeric_limits<double>::quiet_NaN();
    return lanes[0];
}

constexpr LaneFunctions functions{[](double x) { return lane_of(exponential(Lanes(x))); },
                                  [](double x) { return lane_of(logarithm(Lanes(x))); }};

} // namespace
} // namespace continuo::dsp
