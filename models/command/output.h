#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace continuo::command {

/// The options about output that every subcommand shares.
struct OutputOptions {
    std::string json; ///< where the machine-readable result goes; empty: nowhere, "-": standard output
    bool overwrite = false;

    /// Whether readable text goes to standard output (not where JSON does).
    bool text() const { return json != "-"; }
};

/// Adds --json.
/// [main-thread]
void add_json_option(CLI::App& command, OutputOptions& options);

/// Adds -y.
/// [main-thread]
void add_overwrite_option(CLI::App& command, OutputOptions& options);

/// Refuses early what would fail after a long job: a file that exists (without -y), a folder that does not.
/// [main-thread] Throws BadInput.
void expect_writable(const std::filesystem::path& path, bool overwrite);

/// Writes the result where --json asks for it. A JSON file that exists is replaced.
/// [main-thread] Throws JobFailed.
void write_json(const nlohmann::ordered_json& result, const OutputOptions& options);

/// `value` with `digits` significant digits, for text.
/// [any-thread] Allocates.
std::string number(double value, int digits = 3);

/// The shortest decimal number that reads back as this float: 0.1f gives 0.1 and not 0.10000000149.
/// [any-thread]
double shortest(float value);

/// A duration for text: "7 s", "2 min 05 s", "1 h 12 min".
/// [any-thread] Allocates.
std::string duration(double seconds);

} // namespace continuo::command
