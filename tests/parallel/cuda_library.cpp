#include "models/parallel/cuda_library.h"

#include "tests/audio/temporary_folder.h"
#include "tests/catch.h"

#include <fstream>

using namespace continuo::parallel;

TEST_CASE("a library for CUDA that is none gives a reason and no engine") {
    const TemporaryFolder folder;
    const auto missing = open_cuda(folder / "missing.so");
    CHECK(!missing.engine);
    CHECK(missing.reason.find("missing.so") != std::string::npos);
    std::ofstream(folder / "text.so") << "this is no library";
    const auto text = open_cuda(folder / "text.so");
    CHECK(!text.engine);
    CHECK(text.reason.find("text.so") != std::string::npos);
    CHECK(text.reason.find('\n') == std::string::npos);
}
