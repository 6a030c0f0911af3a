#include "models/parallel/cuda_library.h"

#if defined(__linux__)
#include <dlfcn.h>
#endif

#include <cstdlib>
#include <system_error>

namespace continuo::parallel {

namespace {

namespace filesystem = std::filesystem;

#if defined(__linux__)

filesystem::path library_beside_program() {
    std::error_code error;
    const filesystem::path folder = filesystem::read_symlink("/proc/self/exe", error).parent_path();
    // beside it; as installed; as built
    for (const char* place : {".", "../lib/continuo", "../cuda", "../../models/cuda"}) {
        filesystem::path candidate = folder / place / "libcontinuo_cuda.so";
        if (filesystem::exists(candidate, error))
            return candidate;
    }
    return {};
}

OpenedCuda open(const filesystem::path& library) {
    // Opened by its full path, so that no other library of the name gets in.
    void* const handle = dlopen(filesystem::absolute(library).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
        return {nullptr, dlerror()};
    void* const symbol = dlsym(handle, "continuo_open_cuda");
    if (symbol == nullptr)
        return {nullptr, library.string() + " is another library"};
    char reason[256] = {};
    std::unique_ptr<CudaEngine> engine(
        reinterpret_cast<OpenCuda*>(symbol)(CudaEngine::version, reason, sizeof reason));
    if (!engine)
        return {nullptr, reason};
    return {std::move(engine), {}};
}

#endif

} // namespace

OpenedCuda open_cuda(const filesystem::path& library) {
#if defined(__linux__)
    if (!library.empty())
        return open(library);
    if (const char* named = std::getenv("CONTINUO_CUDA_LIBRARY"); named != nullptr && *named != '\0')
        return open(named);
    const filesystem::path found = library_beside_program();
    return found.empty() ? OpenedCuda{nullptr, "this build has no CUDA"} : open(found);
#else
    static_cast<void>(library);
    return {nullptr, "this build has no CUDA"};
#endif
}

} // namespace continuo::parallel
