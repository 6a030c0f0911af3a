#include "tests/command/program.h"

#include "models/audio/audio_file.h"
#include "models/format/ssm_file.h"
#include "tests/format/example_model.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

namespace continuo::tests {

namespace filesystem = std::filesystem;

namespace {

std::string read_text(const filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace

std::size_t Outcome::error_lines() const {
    return std::size_t(std::ranges::count(error, '\n'));
}

Workplace::Workplace() {
    static std::atomic<int> count = 0;
    folder_ = filesystem::temp_directory_path() /
              ("continuo-command-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    filesystem::create_directories(folder_);
    write_model(example_model(2), folder_ / "model.ssm");
}

Workplace::~Workplace() {
    std::error_code ignored;
    filesystem::remove_all(folder_, ignored);
    filesystem::remove(folder_.string() + ".output", ignored);
    filesystem::remove(folder_.string() + ".error", ignored);
}

Outcome Workplace::run(const std::string& arguments, const std::string& before) const {
    return shell(before + " " CONTINUO_PROGRAM " " + arguments);
}

Outcome Workplace::shell(const std::string& text) const {
    const std::string output = folder_.string() + ".output", error = folder_.string() + ".error";
    const std::string line = "cd '" + folder_.string() + "' && { " + text + "\n} > '" + output + "' 2> '" +
                             error + "' < /dev/null";
    const int status = std::system(line.c_str());
    Outcome outcome;
    if (WIFEXITED(status))
        outcome.status = WEXITSTATUS(status);
    outcome.output = read_text(output);
    outcome.error = read_text(error);
    return outcome;
}

std::vector<std::string> Workplace::files() const {
    std::vector<std::string> names;
    for (const auto& entry : filesystem::recursive_directory_iterator(folder_))
        if (!entry.is_directory())
            names.push_back(filesystem::relative(entry.path(), folder_).string());
    std::ranges::sort(names);
    return names;
}

nlohmann::json Workplace::json(const std::string& name) const {
    return nlohmann::json::parse(text(name));
}

std::string Workplace::text(const std::string& name) const {
    return read_text(folder_ / name);
}

void Workplace::write(const std::string& name, const std::string& contents) const {
    std::ofstream(folder_ / name, std::ios::binary) << contents;
}

std::vector<std::vector<float>> Workplace::noise(const std::string& name, std::size_t frames,
                                                 std::size_t channels, double rate, unsigned seed) const {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-0.5f, 0.5f);
    Audio audio{rate, std::vector<std::vector<float>>(channels, std::vector<float>(frames))};
    for (auto& channel : audio.channels)
        for (float& sample : channel)
            sample = uniform(random);
    write_audio(folder_ / name, audio, SampleFormat::wav32f, true);
    return audio.channels;
}

} // namespace continuo::tests
