#pragma once

#include "models/operations/waveform_loss.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo {

/// The energies of any stretch of a signal in a time that does not grow with its length: sums up to every
/// 64th sample are kept, in double.
class EnergyTable {
  public:
    /// \param signal  valid as long as the table. [main-thread] Allocates.
    explicit EnergyTable(std::span<const float> signal);

    /// operations::waveform_energies() of the samples [begin, end), first = begin, but for the rounding of
    /// sums. [any-thread] Allocates nothing.
    ///
    /// \param from_nothing  the sample before `begin` counts as 0, not as what it is
    operations::WaveformEnergies between(std::size_t begin, std::size_t end, bool from_nothing) const;

  private:
    static constexpr std::size_t step = 64;
    operations::WaveformEnergies up_to(std::size_t end) const;

    std::span<const float> signal_;
    std::vector<operations::WaveformEnergies> sums_; ///< of the samples before each 64th
};

} // namespace continuo
