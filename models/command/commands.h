#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace continuo::command {

/// What the chosen subcommand does once the whole command line is understood.
using Job = std::function<void()>;

/// Each adds its subcommand with its options to `program` and sets `job` when it is chosen.
/// A job throws BadInput (exit status 2) or JobFailed (exit status 1) with one line for the user.
/// [main-thread]
void add_bench(CLI::App& program, Job& job);
void add_check(CLI::App& program, Job& job);
void add_evaluate(CLI::App& program, Job& job);
void add_excite(CLI::App& program, Job& job);
void add_info(CLI::App& program, Job& job);
void add_render(CLI::App& program, Job& job);
void add_train(CLI::App& program, Job& job);

} // namespace continuo::command
