// libFuzzer target: whatever the bytes, parse_model refuses them with BadInput or gives a model that can be
// written and read again unchanged.
#include "models/common/errors.h"
#include "models/format/ssm_file.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const continuo::Model model = continuo::parse_model(std::as_bytes(std::span(data, size)), "fuzz.ssm");
        if (continuo::parse_model(continuo::serialise_model(model), "again.ssm") != model)
            std::abort();
    } catch (const continuo::BadInput&) {
        return 0;
    }
    return 0;
}
