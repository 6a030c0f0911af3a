#pragma once

#include "dsp/gain/families.h"
#include "models/operations/gain_least_squares.h"
#include "models/training/data_set.h"
#include "models/training/levenberg_marquardt.h"
#include "models/training/worker_pool.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo {

/// The loss of a model of the families gain and selective over the training audio, every recording played
/// from its start, so that what is held out in its middle is heard and not scored:
///
///     ½ Σ_recordings (share of the audio) · ESR  +  ½ decay · Σ (weight² + displacement² + (ln width of a
///     knee)²)
///
/// so that each recording counts by its length, however quiet its settings make it. The values are those of
/// the model and after them, where recordings are few, the displacement that each begins with
/// (operations::GainTrack). The same bits for any number of threads.
template <typename Shape>
class GainObjective {
  public:
    /// [main-thread] Allocates. \param data, pool  must outlive this
    GainObjective(const ResolvedDataSet& data, double sample_rate, const Shape& shape, double input_scale,
                  WorkerPool& pool);

    /// Values of the model and of the recordings.
    std::size_t size() const { return decays_.size(); }

    /// The training audio and how much each track's squared error counts. [main-thread]
    std::span<const operations::GainTrack> tracks() const { return tracks_; }
    std::span<const double> shares() const { return shares_; }

    /// Of the sum of squares of all weights. \param decay  ≥ 0
    void set_decay(double decay) { decay_ = decay; }

    /// [main-thread] Allocates; the pool's threads work.
    double loss(std::span<const double> values);
    Linearisation linearise(std::span<const double> values);

    /// The ESR alone at the last call of loss() or linearise(). [main-thread]
    double esr() const { return esr_; }

  private:
    double penalty(std::span<const double> values) const;
    /// Where a track's displacement lies among the values; 0: it has none.
    std::size_t displacement_at(std::size_t track) const;
    std::vector<double> displacement_of(std::size_t track, std::span<const double> values) const;

    const Shape shape_;
    WorkerPool& pool_;
    std::vector<operations::GainTrack> tracks_;
    std::vector<double> shares_; ///< of each track's error in the loss
    std::vector<bool> decays_;   ///< which values are held to 0
    std::size_t stride_ = 1;
    double decay_ = 0.0, esr_ = 0.0;
};

} // namespace continuo
