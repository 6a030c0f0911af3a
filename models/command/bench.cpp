// continuo bench: how long one sample takes, per instruction set and block size.
#include "models/command/bench_cuda.h"
#include "models/command/bench_models.h"
#include "models/command/commands.h"
#include "models/command/output.h"
#include "models/command/progress_bar.h"
#include "models/common/errors.h"
#include "models/format/streaming_model.h"

#include "dsp/instruction_set.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>

namespace continuo::command {

namespace {

constexpr int repetitions = 15;
constexpr double seconds_per_repetition = 0.01;

struct Options {
    std::string model, tier, isa = "auto", device = "cpu";
    std::vector<std::size_t> blocks = {1, 16, 64, 512};
    double rate = 0.0, minutes = 10.0;
    OutputOptions output;
};

struct Row {
    std::string tier, isa;
    std::size_t block = 0, parameters = 0;
    double rate = 0.0, median = 0.0, minimum = 0.0; // ns per sample

    double real_time_factor() const { return 1e9 / (median * rate); }
};

std::vector<dsp::InstructionSet> instruction_sets(const std::string& isa) {
    if (isa == "auto")
        return {dsp::default_instruction_set()};
    const auto available = dsp::available_instruction_sets();
    if (isa == "all")
        return available;
    const auto set = dsp::instruction_set_from_name(isa);
    if (!set || std::ranges::find(available, *set) == available.end()) {
        std::string names;
        for (const dsp::InstructionSet one : available)
            names += (names.empty() ? "" : ", ") + std::string(dsp::name(one));
        throw BadInput("--isa", "this machine has no " + isa, "it has " + names);
    }
    return {*set};
}

double nanoseconds_per_sample(StreamingModel player, std::size_t knobs, std::size_t block,
                              std::vector<double>& times) {
    player.reset(std::vector<float>(knobs, 0.5f));
    const std::vector<float> input = bench_signal(std::max<std::size_t>(block, 4096));
    std::vector<float> output(input.size());
    const auto once = [&] {
        const auto start = std::chrono::steady_clock::now();
        std::size_t begin = 0;
        for (; begin + block <= input.size(); begin += block)
            player.process(input.data() + begin, output.data() + begin, block);
        const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
        return time.count() / double(begin);
    };
    const double first = (once(), once()); // the first run fills the caches
    const auto runs = std::max(1.0, seconds_per_repetition * 1e9 / (first * double(input.size())));
    times.clear();
    for (int repetition = 0; repetition < repetitions; ++repetition) {
        double sum = 0.0;
        for (double run = 0.0; run < runs; run += 1.0)
            sum += once();
        times.push_back(sum / std::ceil(runs));
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
}

nlohmann::ordered_json to_json(const std::vector<Row>& rows) {
    nlohmann::ordered_json list = nlohmann::json::array();
    for (const Row& row : rows)
        list.push_back({{"tier", row.tier},
                        {"isa", row.isa},
                        {"block", row.block},
                        {"rate", row.rate},
                        {"ns_per_sample", row.median},
                        {"ns_per_sample_minimum", row.minimum},
                        {"real_time_factor", row.real_time_factor()},
                        {"parameters", row.parameters}});
    return {{"rows", list}, {"repetitions", repetitions}, {"program_version", CONTINUO_VERSION}};
}

void run(const Options& options) {
    const auto models = bench_models(options.model, options.tier);
    if (options.device == "cuda") {
        bench_cuda(models, options.rate, options.minutes, options.output);
        return;
    }
    const auto sets = instruction_sets(options.isa);
    std::vector<Row> rows;
    {
        ProgressBar bar("Measuring");
        const double total = double(models.size() * sets.size() * options.blocks.size());
        std::vector<double> times;
        for (const BenchModel& model : models)
            for (const dsp::InstructionSet set : sets)
                for (const std::size_t block : options.blocks) {
                    const Model& of = model.model;
                    Row row{model.tier, std::string(dsp::name(set)), block, of.parameter_count()};
                    row.rate = options.rate > 0.0 ? options.rate : of.sample_rate();
                    row.median = nanoseconds_per_sample(StreamingModel(of, row.rate, set), of.knob_count(),
                                                        block, times);
                    row.minimum = times.front();
                    rows.push_back(row);
                    bar.update(double(rows.size()) / total, -1.0);
                }
    }
    write_json(to_json(rows), options.output);
    if (!options.output.text())
        return;
    std::printf("%-9s %-7s %6s %8s %10s %10s %10s %11s\n", "tier", "isa", "block", "rate", "ns/sample",
                "minimum", "real time", "parameters");
    for (const Row& row : rows)
        std::printf("%-9s %-7s %6zu %8s %10.1f %10.1f %9.0f× %11zu\n", row.tier.c_str(), row.isa.c_str(),
                    row.block, number(row.rate, 9).c_str(), row.median, row.minimum, row.real_time_factor(),
                    row.parameters);
}

} // namespace

void add_bench(CLI::App& program, Job& job) {
    CLI::App* command = program.add_subcommand("bench", "Measure how fast a model runs on this machine");
    const auto options = std::make_shared<Options>();
    command->add_option("MODEL", options->model, "Model file (.ssm); without one, every tier");
    command->add_option("--tier", options->tier, "Measure this size alone")
        ->check(CLI::IsMember({"nano", "standard", "high", "ultra"}));
    command->add_option("--block", options->blocks, "Samples per call, several with commas")
        ->delimiter(',')
        ->check(CLI::Range(1, 1 << 20))
        ->capture_default_str();
    command->add_option("--rate", options->rate, "Sample rate in Hz")->check(CLI::Range(1000.0, 1e6));
    command->add_option("--isa", options->isa, "Instruction set; all: every one of this machine")
        ->check(CLI::IsMember({"sse2", "avx2", "avx512", "neon", "auto", "all"}))
        ->capture_default_str();
    command
        ->add_option("--device", options->device,
                     "cuda: how long a file takes on a GPU, from memory to memory")
        ->check(CLI::IsMember({"cpu", "cuda"}))
        ->capture_default_str();
    command->add_option("--minutes", options->minutes, "With --device cuda: length of the file")
        ->check(CLI::Range(0.1, 1000.0))
        ->capture_default_str();
    add_json_option(*command, options->output);
    command->callback([&job, options] { job = [options] { run(*options); }; });
}

} // namespace continuo::command
