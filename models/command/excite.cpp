// continuo excite: writes the signal to play through a device.
#include "models/audio/audio_file.h"
#include "models/capture/excitation.h"
#include "models/command/commands.h"
#include "models/command/output.h"
#include "models/common/errors.h"

#include <cstdio>
#include <filesystem>
#include <memory>

namespace continuo::command {

namespace {

struct Options {
    std::string file;
    double seconds = 180.0, rate = 48000.0;
    OutputOptions output;
};

void run(const Options& options) {
    if (options.file == "-" && options.output.json == "-")
        throw BadInput("--json", "audio and JSON cannot both go to standard output",
                       "give one of them a file");
    const std::string extension = std::filesystem::path(options.file).extension().string();
    if (options.file != "-") {
        if (extension != ".wav" && extension != ".flac")
            throw BadInput(options.file, "the name does not say what kind of file to write",
                           "end it in .wav or .flac");
        expect_writable(options.file, options.output.overwrite);
    }
    const Audio audio{options.rate, {make_excitation(options.seconds, options.rate)}};
    write_audio(options.file, audio, extension == ".flac" ? SampleFormat::flac24 : SampleFormat::wav24,
                options.output.overwrite);
    write_json({{"output", options.file}, {"frames", audio.frames()}, {"sample_rate", audio.sample_rate}},
               options.output);
    if (options.output.text() && options.file != "-")
        std::printf("%s: %s at %s Hz. Play it through the device, record what comes out, then:\n"
                    "  continuo check %s RECORDING\n",
                    options.file.c_str(), duration(options.seconds).c_str(), number(options.rate, 9).c_str(),
                    options.file.c_str());
}

} // namespace

void add_excite(CLI::App& program, Job& job) {
    CLI::App* command = program.add_subcommand("excite", "Write the signal to play through a device");
    const auto options = std::make_shared<Options>();
    command->add_option("-o,--output", options->file, "Output file, .wav or .flac (- for standard output)")
        ->required();
    command->add_option("--seconds", options->seconds, "Length in seconds")
        ->check(CLI::Range(least_excitation_seconds, longest_excitation_seconds))
        ->capture_default_str();
    command->add_option("--rate", options->rate, "Sample rate in Hz")
        ->check(CLI::Range(8000.0, 768000.0))
        ->capture_default_str();
    add_json_option(*command, options->output);
    add_overwrite_option(*command, options->output);
    command->callback([&job, options] { job = [options] { run(*options); }; });
}

} // namespace continuo::command
