#pragma once

#include "dsp/realtime.h"

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace continuo::dsp::kernels {

/// Bytes aligned to 64, all 0.
class AlignedMemory {
  public:
    AlignedMemory() = default;
    /// [any-thread] Allocates.
    explicit AlignedMemory(std::size_t bytes) : memory_(new (alignment) std::byte[bytes]) {
        std::memset(memory_.get(), 0, bytes);
    }
    std::byte* get() const noexcept CONTINUO_REALTIME { return memory_.get(); }

  private:
    static constexpr std::align_val_t alignment{64};
    struct Release {
        void operator()(std::byte* memory) const noexcept { ::operator delete[](memory, alignment); }
    };

    std::unique_ptr<std::byte[], Release> memory_;
};

} // namespace continuo::dsp::kernels
