// Writes valid model files for the fuzzer to start from: write_seeds FOLDER
#include "models/format/ssm_file.h"
#include "tests/format/example_model.h"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

int main(int argument_count, char** arguments) {
    if (argument_count != 2)
        return 2;
    try {
        const std::filesystem::path folder = arguments[1];
        std::filesystem::create_directories(folder);
        for (const std::size_t knobs : {0, 1, 2})
            continuo::write_model(continuo::tests::example_model(knobs),
                                  folder / (std::to_string(knobs) + ".ssm"));
        for (const std::size_t knobs : {0, 2}) {
            continuo::write_model(continuo::tests::example_gain_model(knobs),
                                  folder / ("gain_" + std::to_string(knobs) + ".ssm"));
            continuo::write_model(continuo::tests::example_selective_model(knobs),
                                  folder / ("selective_" + std::to_string(knobs) + ".ssm"));
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "write_seeds: %s\n", error.what());
        return 1;
    }
    return 0;
}
