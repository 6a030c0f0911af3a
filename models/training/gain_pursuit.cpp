#include "models/training/gain_pursuit.h"

#include "dsp/gain/gain_curves.h"
#include "models/training/random.h"

#include <Eigen/Cholesky>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>

namespace continuo {

namespace {

constexpr std::size_t most_rows = 6000;
// A path with a second smoother has to explain that much more than the best without: what two times can do,
// three can nearly always do a little better.
constexpr float share_of_second_smoother = 0.95f;
constexpr double ridge = 1e-3; // of a column's own energy: what only tiny differences tell apart is one thing

struct Detector {
    bool peak;
    double rise, fall; // s
};

struct Smoother {
    double rise, fall, lag; // s
};

/// What is on offer: every detector with every knee and every smoother.
struct Dictionary {
    std::vector<Detector> detectors;
    std::vector<Smoother> smoothers;
    std::vector<double> knees;

    std::size_t paths_per_detector() const { return knees.size() * smoothers.size(); }
    std::size_t size() const { return detectors.size() * paths_per_detector(); }

    GainPath path(std::size_t index) const {
        const std::size_t within = index % paths_per_detector();
        const Detector detector = detectors[index / paths_per_detector()];
        const Smoother smoother = smoothers[within % smoothers.size()];
        return {detector.peak, detector.rise, detector.fall, knees[within / smoothers.size()],
                smoother.rise, smoother.fall, smoother.lag};
    }
};

Dictionary make_dictionary(std::uint64_t seed) {
    Random random(seed);
    // within half a step of the grid
    const auto near = [&random](double value, double step) {
        return value * std::pow(step, random.uniform() - 0.5);
    };
    Dictionary dictionary;
    for (const double rise : {2e-4, 1e-3, 5e-3, 3e-2, 0.2})
        for (const double ratio : {1.0, 10.0, 100.0, 1000.0}) {
            const double rise_time = near(rise, 5.0), fall_time = rise_time * near(ratio, 10.0);
            if (fall_time < 5.0)
                dictionary.detectors.push_back({false, rise_time, std::max(rise_time, fall_time)});
        }
    // What holds peaks has to catch them.
    for (const Detector times : {Detector{true, 4e-5, 4e-5},
                                 {true, 4e-5, 1e-2},
                                 {true, 4e-5, 0.2},
                                 {true, 1e-3, 1e-3},
                                 {true, 1e-3, 5e-2},
                                 {true, 1e-3, 0.5}})
        dictionary.detectors.push_back({true, near(times.rise, 3.0), near(times.fall, 5.0)});
    for (const double knee : {-0.6, 1.0, 3.0, 5.0}) // from 8 dB above the rms to 40 dB below
        dictionary.knees.push_back(knee + random.uniform() - 0.5);
    constexpr double none = gain_path_short_lag;
    for (const Smoother times : {Smoother{1e-3, 1e-3, none},
                                 {3e-2, 3e-2, none},
                                 {1e-3, 0.1, none},
                                 {1e-3, 1.0, none},
                                 {3e-2, 0.3, none},
                                 {0.3, 2.0, none}})
        dictionary.smoothers.push_back({near(times.rise, 4.0), near(times.fall, 4.0), none});
    // A side chain that holds the peaks of the reduction, and smooths what it holds.
    for (const Smoother times : {Smoother{2e-4, 0.2, 1e-2}, {2e-4, 2.0, 1e-2}})
        dictionary.smoothers.push_back({times.rise, near(times.fall, 10.0), near(times.lag, 10.0)});
    return dictionary;
}

/// The control periods that are looked at, of all tracks.
struct Rows {
    struct Row {
        std::size_t period;
        double target, root_weight; // ln g, √(how much its square counts)
    };
    std::vector<std::vector<Row>> of_track;
    Eigen::Index count = 0;
};

// −1 where what comes out is mostly what went in with the other sign.
double measured_polarity(std::span<const operations::GainTrack> tracks, std::span<const double> shares) {
    double both = 0.0;
    for (std::size_t i = 0; i < tracks.size(); ++i)
        for (std::size_t t = 0; t < tracks[i].dry.size(); ++t)
            both += shares[i] * double(tracks[i].weights[t]) * double(tracks[i].dry[t]) *
                    double(tracks[i].wet[t]);
    return both < 0.0 ? -1.0 : 1.0;
}

Rows measured_gain(std::span<const operations::GainTrack> tracks, std::span<const double> shares,
                   double polarity) {
    std::size_t periods = 0;
    for (const operations::GainTrack& track : tracks)
        periods += track.levels.size();
    const std::size_t stride = std::max<std::size_t>(1, periods / most_rows);
    Rows rows;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        const operations::GainTrack& track = tracks[i];
        auto& own = rows.of_track.emplace_back();
        for (std::size_t period = 1; period + 1 < track.levels.size(); period += stride) {
            double both = 0.0, energy = 0.0; // over the period and its neighbours, for less noise
            for (std::size_t t = (period - 1) * track.period; t < (period + 2) * track.period; ++t) {
                const double weight = track.weights[t], dry = track.dry[t];
                both += polarity * weight * dry * double(track.wet[t]);
                energy += weight * dry * dry;
            }
            if (!(both > 1e-6 * energy)) // silence, or what the colouring alone let through
                continue;
            const double gain = both / energy;
            own.push_back({period, std::log(gain), std::sqrt(shares[i] * energy) * gain});
        }
        rows.count += Eigen::Index(own.size());
    }
    return rows;
}

/// Writes the columns of one detector's paths: √weight · path, and that times each knob.
void write_columns(std::span<const operations::GainTrack> tracks, const Rows& rows,
                   const Dictionary& dictionary, std::size_t detector, Eigen::MatrixXf& columns) {
    const std::size_t smoothers = dictionary.smoothers.size(), paths = dictionary.paths_per_detector();
    std::vector<Smoother> decays(smoothers);
    std::vector<double> state(paths), lagged(paths);
    Eigen::Index at = 0;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        const operations::GainTrack& track = tracks[i];
        const double seconds = double(track.period) / track.sample_rate;
        const double rise = std::exp(-seconds / dictionary.detectors[detector].rise),
                     fall = std::exp(-seconds / dictionary.detectors[detector].fall);
        for (std::size_t s = 0; s < smoothers; ++s)
            decays[s] = {std::exp(-seconds / dictionary.smoothers[s].rise),
                         std::exp(-seconds / dictionary.smoothers[s].fall),
                         std::exp(-seconds / dictionary.smoothers[s].lag)};
        double mean_square = 0.0;
        for (std::size_t n = 0; n < dictionary.knees.size(); ++n) // at rest
            std::fill_n(state.begin() + std::ptrdiff_t(n * smoothers), smoothers,
                        dsp::knee(gain_path_slope * dsp::log_level(0.0) + dictionary.knees[n]));
        lagged = state;
        std::size_t period = 0;
        for (const Rows::Row& row : rows.of_track[i]) {
            for (; period < row.period; ++period) {
                const double now = dictionary.detectors[detector].peak ? track.levels[period].peak_square()
                                                                       : track.levels[period].mean_square();
                mean_square = now + (now > mean_square ? rise : fall) * (mean_square - now);
                const double level = gain_path_slope * dsp::log_level(mean_square);
                for (std::size_t n = 0; n < dictionary.knees.size(); ++n) {
                    const double aim = dsp::knee(level + dictionary.knees[n]);
                    for (std::size_t s = 0; s < smoothers; ++s) {
                        double& own = state[n * smoothers + s];
                        own = aim + (aim > own ? decays[s].rise : decays[s].fall) * (own - aim);
                        double& late = lagged[n * smoothers + s];
                        late = own + decays[s].lag * (late - own);
                    }
                }
            }
            const auto width = Eigen::Index(1 + track.knobs.size());
            Eigen::Index column = Eigen::Index(detector * paths) * width;
            for (const double value : lagged) {
                columns(at, column++) = float(row.root_weight * value);
                for (const float knob : track.knobs)
                    columns(at, column++) = float(row.root_weight * value) * knob;
            }
            ++at;
        }
    }
}

/// √weight and that times each knob: what a fixed gain with knobs does.
Eigen::MatrixXf fixed_columns(std::span<const operations::GainTrack> tracks, const Rows& rows) {
    Eigen::MatrixXf columns(rows.count, Eigen::Index(1 + tracks[0].knobs.size()));
    Eigen::Index at = 0;
    for (std::size_t i = 0; i < tracks.size(); ++i)
        for (const Rows::Row& row : rows.of_track[i]) {
            columns(at, 0) = float(row.root_weight);
            for (std::size_t k = 0; k < tracks[i].knobs.size(); ++k)
                columns(at, Eigen::Index(1 + k)) = float(row.root_weight) * tracks[i].knobs[k];
            ++at;
        }
    return columns;
}

Eigen::VectorXf targets(const Rows& rows) {
    Eigen::VectorXf result(rows.count);
    Eigen::Index at = 0;
    for (const auto& track : rows.of_track)
        for (const Rows::Row& row : track)
            result[at++] = float(row.root_weight * row.target);
    return result;
}

/// Takes out of `from` what `block` explains, but for a ridge.
void deflate(const Eigen::MatrixXf& block, Eigen::Ref<Eigen::MatrixXf> from) {
    Eigen::ColPivHouseholderQR<Eigen::MatrixXf> factors(block);
    factors.setThreshold(1e-4f); // a knob that is the same everywhere adds nothing
    const Eigen::MatrixXf basis =
        factors.householderQ() * Eigen::MatrixXf::Identity(block.rows(), factors.rank());
    from -= basis * (basis.transpose() * from);
}

} // namespace

GainGuess pursue_gain(std::span<const operations::GainTrack> tracks, std::span<const double> shares,
                      std::size_t count, std::uint64_t seed, WorkerPool& pool) {
    const Dictionary dictionary = make_dictionary(seed);
    const double polarity = measured_polarity(tracks, shares);
    const Rows rows = measured_gain(tracks, shares, polarity);
    const std::size_t knobs = tracks[0].knobs.size();
    const auto width = Eigen::Index(1 + knobs);
    Eigen::MatrixXf columns(rows.count, Eigen::Index(dictionary.size()) * width);
    pool.run(dictionary.detectors.size(), [&](std::size_t detector, std::size_t) {
        write_columns(tracks, rows, dictionary, detector, columns);
    });
    const Eigen::VectorXf energies = columns.colwise().squaredNorm();
    const Eigen::MatrixXf fixed = fixed_columns(tracks, rows);
    const Eigen::VectorXf target = targets(rows);

    // Forward selection: what is chosen is taken out of the target and of all that is left.
    Eigen::MatrixXf left = columns, chosen_columns = fixed;
    Eigen::VectorXf residual = target;
    deflate(fixed, left);
    deflate(fixed, residual);
    std::vector<std::size_t> chosen;
    std::vector<float> gains(dictionary.size());
    while (chosen.size() < count) {
        pool.run(dictionary.detectors.size(), [&](std::size_t detector, std::size_t) {
            for (std::size_t within = 0; within < dictionary.paths_per_detector(); ++within) {
                const std::size_t path = detector * dictionary.paths_per_detector() + within;
                const auto block = left.middleCols(Eigen::Index(path) * width, width);
                Eigen::MatrixXf matrix = block.transpose() * block;
                matrix.diagonal() += float(ridge) * energies.segment(Eigen::Index(path) * width, width) +
                                     Eigen::VectorXf::Constant(width, 1e-20f);
                const Eigen::VectorXf products = block.transpose() * residual;
                gains[path] = products.dot(matrix.ldlt().solve(products));
                if (dictionary.path(path).lag_time > gain_path_short_lag)
                    gains[path] *= share_of_second_smoother;
            }
        });
        for (const std::size_t path : chosen)
            gains[path] = 0.0f;
        const auto best = std::size_t(std::max_element(gains.begin(), gains.end()) - gains.begin());
        chosen.push_back(best);
        const Eigen::MatrixXf block = left.middleCols(Eigen::Index(best) * width, width);
        deflate(block, residual);
        deflate(block, left);
        chosen_columns.conservativeResize(Eigen::NoChange, chosen_columns.cols() + width);
        chosen_columns.rightCols(width) = columns.middleCols(Eigen::Index(best) * width, width);
    }

    const Eigen::MatrixXd all = chosen_columns.cast<double>();
    Eigen::MatrixXd matrix = all.transpose() * all;
    matrix.diagonal() += (ridge * matrix.diagonal().array() + 1e-20).matrix();
    const Eigen::VectorXd weights = matrix.ldlt().solve(all.transpose() * target.cast<double>());

    Eigen::VectorXd mean_knobs = Eigen::VectorXd::Zero(Eigen::Index(knobs));
    for (const operations::GainTrack& track : tracks)
        for (std::size_t k = 0; k < knobs; ++k)
            mean_knobs[Eigen::Index(k)] += double(track.knobs[k]) / double(tracks.size());
    GainGuess guess;
    guess.polarity = polarity;
    guess.offset = weights[0];
    guess.by_knobs.assign(weights.data() + 1, weights.data() + width);
    for (std::size_t n = 0; n < chosen.size(); ++n) {
        const auto own = weights.segment(Eigen::Index(n + 1) * width, width);
        guess.paths.push_back(dictionary.path(chosen[n]));
        guess.readout.push_back(own[0] + own.tail(Eigen::Index(knobs)).dot(mean_knobs));
    }
    return guess;
}

} // namespace continuo
