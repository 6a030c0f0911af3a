#include "models/command/output.h"

#include "models/audio/atomic_file.h"
#include "models/common/errors.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <system_error>

namespace continuo::command {

namespace filesystem = std::filesystem;

void add_json_option(CLI::App& command, OutputOptions& options) {
    command
        .add_option("--json", options.json, "Write the result as JSON to this file (- for standard output)")
        ->type_name("FILE");
}

void add_overwrite_option(CLI::App& command, OutputOptions& options) {
    command.add_flag("-y", options.overwrite, "Replace output files that exist");
}

void expect_writable(const filesystem::path& path, bool overwrite) {
    std::error_code error;
    if (filesystem::is_directory(path, error))
        throw BadInput(path.string(), "this is a folder", "name a file");
    if (!overwrite && filesystem::exists(path, error))
        throw BadInput(path.string(), "the file exists already", "add -y to replace it, or name another");
    const filesystem::path folder = path.has_parent_path() ? path.parent_path() : filesystem::path(".");
    if (!filesystem::is_directory(folder, error))
        throw BadInput(path.string(), "the folder " + folder.string() + " does not exist", "create it first");
}

void write_json(const nlohmann::ordered_json& result, const OutputOptions& options) {
    if (options.json.empty())
        return;
    const std::string text =
        result.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    if (options.json == "-") {
        std::cout << text;
        return;
    }
    write_file(options.json, text, true);
}

std::string number(double value, int digits) {
    std::ostringstream text;
    text.precision(digits);
    text << value;
    return text.str();
}

double shortest(float value) {
    char text[32];
    const char* end = std::to_chars(text, text + sizeof text, value).ptr;
    double result = double(value);
    std::from_chars(text, end, result);
    return result;
}

std::string duration(double seconds) {
    const auto whole = std::lround(std::max(seconds, 0.0));
    char text[64];
    if (whole < 60)
        std::snprintf(text, sizeof text, "%ld s", whole);
    else if (whole < 3600)
        std::snprintf(text, sizeof text, "%ld min %02ld s", whole / 60, whole % 60);
    else
        std::snprintf(text, sizeof text, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
    return text;
}

} // namespace continuo::command
