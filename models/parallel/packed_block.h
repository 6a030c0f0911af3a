#pragma once

#include <cstddef>

namespace continuo::parallel {

/// Places of arrays of several types in one block of memory, so that a single copy takes them all.
class PackedBlock {
  public:
    /// The offset in bytes of the next array. [any-thread]
    template <class T>
    std::size_t place(std::size_t count) {
        const std::size_t offset = bytes_;
        bytes_ += (count * sizeof(T) + 15) / 16 * 16;
        return offset;
    }
    std::size_t bytes() const { return bytes_; }

  private:
    std::size_t bytes_ = 0;
};

/// An array in a block. \param block  aligned to 16 bytes
template <class T>
T* placed(unsigned char* block, std::size_t offset) {
    return reinterpret_cast<T*>(block + offset);
}

} // namespace continuo::parallel
