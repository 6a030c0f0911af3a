#include "models/training/energy_table.h"

#include "models/operations/pre_emphasis.h"

namespace continuo {

namespace {

void add(std::span<const float> signal, std::size_t t, operations::WaveformEnergies& sum) {
    const double y = signal[t], previous = t > 0 ? double(signal[t - 1]) : 0.0;
    const double emphasised = y - operations::pre_emphasis_coefficient * previous;
    sum.plain += y * y;
    sum.pre_emphasis += emphasised * emphasised;
}

} // namespace

EnergyTable::EnergyTable(std::span<const float> signal) : signal_(signal) {
    operations::WaveformEnergies sum{0.0, 0.0};
    for (std::size_t t = 0; t < signal.size(); ++t) {
        if (t % step == 0)
            sums_.push_back(sum);
        add(signal, t, sum);
    }
    if (signal.size() % step == 0)
        sums_.push_back(sum); // for a stretch that ends where the signal does
}

operations::WaveformEnergies EnergyTable::up_to(std::size_t end) const {
    operations::WaveformEnergies sum = sums_[end / step];
    for (std::size_t t = end / step * step; t < end; ++t)
        add(signal_, t, sum);
    return sum;
}

operations::WaveformEnergies EnergyTable::between(std::size_t begin, std::size_t end,
                                                  bool from_nothing) const {
    // The first sample by itself: it alone depends on what is before the stretch.
    const operations::WaveformEnergies before = up_to(begin + 1), all = up_to(end);
    operations::WaveformEnergies first{0.0, 0.0};
    if (from_nothing)
        add(signal_.subspan(begin), 0, first);
    else
        add(signal_, begin, first);
    return {first.plain + (all.plain - before.plain),
            first.pre_emphasis + (all.pre_emphasis - before.pre_emphasis)};
}

} // namespace continuo
