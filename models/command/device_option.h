#pragma once

#include "models/parallel/cuda_library.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace continuo::command {

/// --device cpu|cuda|auto. [main-thread]
void add_device_option(CLI::App& command, std::string& device);

/// Opens the GPU where `device` asks for one. Where there is none, one line on standard error says why, and
/// the work goes on with the CPU; with auto it is what was asked for, so nothing is said.
///
/// [main-thread] Allocates.
///
/// \param unfit  why the GPU's kernels do not hold the model; empty where they do
parallel::OpenedCuda open_device(const std::string& device, const std::string& unfit);

/// The GPU's way to compute losses and gradients. Where the GPU fails, making it and running it throw
/// JobFailed. [main-thread] \param device  outlives the result
std::unique_ptr<parallel::GradientEngine> make_gradient_engine(parallel::CudaEngine& device,
                                                               const parallel::GradientSetup& setup);

/// What the engine runs on, for people: "NVIDIA H100", or "cpu". [any-thread]
std::string device_name(const parallel::OpenedCuda& device);

} // namespace continuo::command
