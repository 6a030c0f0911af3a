// How fast every back end scans, beside the time that a GPU's memory takes at least, and how far each is from
// the scan in double: the output forwards, the input's gradient backwards.
//
// A GPU's memory has to carry 8 bytes for a sample of a channel forwards (u, y) and 12 backwards (u, dy, du).
// Three phases read the input twice: 12 bytes forwards and 20 backwards.
//
//   scan_speed [--json FILE] [--quick] [--repetitions N]
#include "tests/benchmarks/scan_speed.h"

#include "models/parallel/scan/reference_scan.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numbers>
#include <random>
#include <string_view>

namespace scan_speed {

namespace {

constexpr double rate = 48000.0;

/// Modes as models have them: half decays, half resonances, from 0.1 Hz to 18 kHz.
Model lively_model(std::size_t channels, std::size_t modes) {
    std::mt19937 random(5);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    Model model;
    for (std::size_t i = 0; i < channels * modes; ++i) {
        const double hertz = 0.1 * std::pow(180000.0, uniform(random));
        const double decay = 2.0 * std::numbers::pi * hertz / rate;
        const double angle = i % 2 == 0 ? 0.0 : std::min(decay, 2.8);
        const double half = std::sin(angle / 2.0), radius = std::exp(-decay);
        model.delta_real.push_back(float(std::expm1(-decay) - 2.0 * radius * half * half));
        model.delta_imag.push_back(float(radius * std::sin(angle)));
        model.readout_real.push_back(float(normal(random) * (1.0 - radius)));
        model.readout_imag.push_back(float(normal(random) * (1.0 - radius)));
    }
    return model;
}

std::vector<double> last_row(const Case& one) {
    const std::size_t row = one.shape.rows() - 1;
    continuo::parallel::ReferenceScan reference;
    reference.prepare(1, one.shape.modes, one.model.view(row % one.shape.channels, one.shape.modes));
    std::vector<double> y(one.shape.frames);
    reference.forward({1, 1, one.shape.frames, one.shape.modes}, one.noise->data() + noise_offset(row),
                      y.data(), nullptr, nullptr);
    return y;
}

/// Bytes/s by the datasheet, or 0 for a GPU that this program does not know.
double datasheet(const std::string& name) {
    return name.find("H200") != std::string::npos   ? 4.8e12
           : name.find("H100") != std::string::npos ? 3.35e12
                                                    : 0.0;
}

/// "-" for what is not a number.
std::string text(double value, const char* format) {
    char buffer[32] = "-";
    if (!std::isnan(value))
        std::snprintf(buffer, sizeof buffer, format, value);
    return buffer;
}

void print(const std::vector<Row>& rows, const Gpu& gpu) {
    const double sheet = datasheet(gpu.name), copy = gpu.copy_bandwidth;
    std::printf("of floor: 8 bytes forwards and 12 backwards, at the speed of copies\n"
                "of sheet: 12 and 20, which three phases carry, at the datasheet's speed\n");
    std::printf("%-22s %-13s %-22s %7s %9s %9s %9s %9s %8s\n", "back end", "direction",
                "batch x ch x time x N", "Msc/s", "ps/sc", "least", "of floor", "of sheet", "dB");
    for (const Row& row : rows) {
        const bool backward = row.direction == "backward", whole = backward || row.direction == "forward";
        const auto percent = [&](double bytes, double bandwidth) {
            return text(whole && bandwidth > 0.0 ? 100.0 * bytes * 1e12 / bandwidth / row.median : NAN,
                        "%.1f%%");
        };
        char shape[64];
        std::snprintf(shape, sizeof shape, "%zu x %zu x %zu x %zu", row.shape.batch, row.shape.channels,
                      row.shape.frames, row.shape.modes);
        std::printf("%-22s %-13s %-22s %7.0f %9.3f %9.3f %9s %9s %8s\n", row.back_end.c_str(),
                    row.direction.c_str(), shape, 1e6 / row.median, row.median, row.least,
                    percent(backward ? 12.0 : 8.0, copy).c_str(),
                    percent(backward ? 20.0 : 12.0, sheet).c_str(), text(row.error, "%.1f").c_str());
    }
}

void write_json(const std::vector<Row>& rows, const Gpu& gpu, const char* file) {
    nlohmann::ordered_json list = nlohmann::json::array();
    for (const Row& row : rows)
        list.push_back({{"back_end", row.back_end},
                        {"direction", row.direction},
                        {"batch", row.shape.batch},
                        {"channels", row.shape.channels},
                        {"frames", row.shape.frames},
                        {"modes", row.shape.modes},
                        {"ps_per_sample_channel", row.median},
                        {"ps_per_sample_channel_minimum", row.least},
                        {"error_db", row.error}});
    const nlohmann::ordered_json all = {{"device", gpu.name},
                                        {"copy_bandwidth", gpu.copy_bandwidth},
                                        {"datasheet_bandwidth", datasheet(gpu.name)},
                                        {"rows", list}};
    std::ofstream(file) << all.dump(2) << '\n';
}

} // namespace

std::vector<double> gradient_of_last_row(const Case& one, std::size_t frames) {
    // Backwards the scan is the same with time reversed.
    const std::size_t row = one.shape.rows() - 1;
    const float* from = one.noise->data() + noise_offset(row);
    const std::vector<float> reversed(std::reverse_iterator(from + frames), std::reverse_iterator(from));
    continuo::parallel::ReferenceScan reference;
    reference.prepare(1, one.shape.modes, one.model.view(row % one.shape.channels, one.shape.modes));
    std::vector<double> gradient(frames);
    reference.forward({1, 1, frames, one.shape.modes}, reversed.data(), gradient.data(), nullptr, nullptr);
    std::reverse(gradient.begin(), gradient.end());
    return gradient;
}

double decibels(const float* found, const std::vector<double>& expected) {
    double error = 0.0, power = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        error += (double(found[i]) - expected[i]) * (double(found[i]) - expected[i]);
        power += expected[i] * expected[i];
    }
    return 10.0 * std::log10(error / power);
}

double median(std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

#ifndef CONTINUO_HAS_CUDA
Gpu open_gpu() {
    return {{}, "this build has no CUDA"};
}
void measure_gpu(const Case&, std::size_t, std::vector<Row>&) {}
void measure_selective_gpu(const Case&, std::size_t, std::vector<Row>&) {}
#endif

} // namespace scan_speed

int main(int count, char** arguments) {
    using namespace scan_speed;
    const char* json = nullptr;
    bool quick = false;
    std::size_t repetitions = 21;
    for (int i = 1; i < count; ++i) {
        const std::string_view argument = arguments[i];
        if (argument == "--json" && i + 1 < count)
            json = arguments[++i];
        else if (argument == "--repetitions" && i + 1 < count)
            repetitions = std::size_t(std::max(1, std::atoi(arguments[++i])));
        else if (argument == "--quick")
            quick = true;
    }
    const Gpu gpu = open_gpu();
    if (gpu.name.empty())
        std::printf("SKIPPED on a GPU: %s\n", gpu.reason.c_str());
    else
        std::printf("%s, copies %.0f GB/s (read + written)\n", gpu.name.c_str(), gpu.copy_bandwidth * 1e-9);

    const std::size_t minutes = quick ? 1 : 10, long_frames = std::size_t(rate * 60.0) * minutes;
    std::vector<float> noise(long_frames + noise_extra);
    std::mt19937 random(9);
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    for (float& sample : noise)
        sample = uniform(random);

    std::vector<Row> rows;
    for (const std::size_t modes : {16, 8, 4})
        for (const auto& [batch, frames] : {std::pair{std::size_t(1), long_frames}, {32, 96000}}) {
            Case one{{batch, 16, frames, modes}, lively_model(16, modes), &noise, {}};
            one.expected = last_row(one);
            if (batch == 1)
                measure_cpu(one, repetitions, rows);
            if (!gpu.name.empty()) {
                measure_gpu(one, repetitions, rows);
                measure_selective_gpu(one, repetitions, rows);
            }
        }
    print(rows, gpu);
    if (json != nullptr)
        write_json(rows, gpu, json);
}
