// The command line: chooses a subcommand and turns every error into one line and an exit status.
#include "models/command/commands.h"
#include "models/command/interrupt.h"
#include "models/common/errors.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <string>

namespace {

enum Status { done = 0, job_failed = 1, bad_usage = 2 };

int fail(std::string message, int status) {
    std::ranges::replace(message, '\n', ' ');
    std::cerr << "continuo: " << message << std::endl;
    return status;
}

bool has_command(const CLI::App& program, const std::string& name) {
    const auto commands =
        program.get_subcommands([&](const CLI::App* command) { return command->get_name() == name; });
    return !commands.empty();
}

int run(const continuo::command::Job& job) {
    try {
        job();
        if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
            return fail("standard output: the result cannot be written; check free space", job_failed);
        return done;
    } catch (const continuo::BadInput& error) {
        return fail(error.what(), bad_usage);
    } catch (const continuo::JobFailed& error) {
        return fail(error.what(), job_failed);
    } catch (const std::bad_alloc&) {
        return fail("there is not enough memory; use shorter files or fewer --jobs", job_failed);
    } catch (const std::exception& error) {
        return fail(std::string("internal error: ") + error.what() + "; please report it", job_failed);
    }
}

} // namespace

int main(int argument_count, char** arguments) {
    using namespace continuo::command;
    CLI::App program("Learns analog audio gear from a recording of what went in and out, and plays it.",
                     "continuo");
    program.set_version_flag("--version", "continuo " CONTINUO_VERSION);
    program.require_subcommand(1);
    Job job;
    add_train(program, job);
    add_render(program, job);
    add_evaluate(program, job);
    add_check(program, job);
    add_excite(program, job);
    add_info(program, job);
    add_bench(program, job);
    if (argument_count > 1 && arguments[1][0] != '-' && !has_command(program, arguments[1]))
        return fail(std::string(arguments[1]) + ": there is no such command; see continuo --help", bad_usage);
    try {
        program.parse(argument_count, arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
            return program.exit(error); // --help and --version
        std::string name = "continuo";
        for (const CLI::App* chosen : program.get_subcommands())
            name += " " + chosen->get_name();
        return fail(std::string(error.what()) + "; see " + name + " --help", bad_usage);
    }
    install_signal_handlers();
    return run(job);
}
