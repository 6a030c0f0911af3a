#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace continuo::tests {

/// What a run of the program left behind.
struct Outcome {
    int status = -1; ///< exit status; −1: killed by a signal
    std::string output, error;

    std::size_t error_lines() const;
};

/// A folder of its own for one test, removed at the end, with a valid model `model.ssm` (2 knobs) inside.
class Workplace {
  public:
    Workplace();
    ~Workplace();
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    /// A path inside.
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    /// Runs `continuo ARGUMENTS` inside the folder, through the shell. `before` stands in front in the
    /// shell's line.
    Outcome run(const std::string& arguments, const std::string& before = "") const;

    /// Runs a line of the shell inside the folder.
    Outcome shell(const std::string& line) const;

    /// The names of all files inside, hidden ones too, sorted.
    std::vector<std::string> files() const;

    nlohmann::json json(const std::string& name) const;
    std::string text(const std::string& name) const;
    void write(const std::string& name, const std::string& contents) const;

    /// Writes noise as a 32-bit float WAV file and returns it, [channel][frame].
    std::vector<std::vector<float>> noise(const std::string& name, std::size_t frames,
                                          std::size_t channels = 1, double rate = 48000.0,
                                          unsigned seed = 1) const;

  private:
    std::filesystem::path folder_;
};

} // namespace continuo::tests
