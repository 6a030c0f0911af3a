#pragma once

/// CONTINUO_REALTIME marks a function of the audio thread, after its `noexcept`: it allocates nothing, takes
/// no lock, throws nothing and makes no system call. From version 20 on, clang checks that at compile time
/// (-Wfunction-effects) and, under -fsanitize=realtime, at run time. Elsewhere the mark is documentation.
#if defined(__clang__) && defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::nonblocking)
#define CONTINUO_REALTIME [[clang::nonblocking]]
#endif
#endif
#ifndef CONTINUO_REALTIME
#define CONTINUO_REALTIME
#endif

#if defined(__x86_64__) || defined(_M_X64) || defined(__SSE__)
#include <xmmintrin.h>
#define CONTINUO_HAS_MXCSR 1
#endif

namespace continuo::dsp {

/// Treats denormal numbers as zero while it lives, and puts the floating-point environment of the caller back
/// after. Denormals arise in every state that decays in silence and cost some 150 times the work of other
/// numbers.
///
/// [any-thread] Allocates nothing. Does nothing on processors other than x86-64 and AArch64.
class ScopedFlushToZero {
  public:
    ScopedFlushToZero() noexcept CONTINUO_REALTIME {
        saved_ = read();
        if ((saved_ & flush_bits) !=
            flush_bits) // writing the register is slow; a host has often set it already
            write(saved_ | flush_bits);
    }
    ~ScopedFlushToZero() CONTINUO_REALTIME {
        if ((saved_ & flush_bits) != flush_bits)
            write(saved_);
    }
    ScopedFlushToZero(const ScopedFlushToZero&) = delete;
    ScopedFlushToZero& operator=(const ScopedFlushToZero&) = delete;

  private:
#if defined(CONTINUO_HAS_MXCSR)
    using Register = unsigned int;
    static constexpr Register flush_bits = 0x8040; // flush to zero, denormals are zero
    static Register read() noexcept CONTINUO_REALTIME {
        return _mm_getcsr();
    }
    static void write(Register value) noexcept CONTINUO_REALTIME {
        _mm_setcsr(value);
    }
#elif defined(__aarch64__)
    using Register = unsigned long;
    static constexpr Register flush_bits = 1ul << 24; // FPCR.FZ
    static Register read() noexcept CONTINUO_REALTIME {
        Register value;
        asm volatile("mrs %0, fpcr" : "=r"(value));
        return value;
    }
    static void write(Register value) noexcept CONTINUO_REALTIME {
        asm volatile("msr fpcr, %0" : : "r"(value));
    }
#else
    using Register = unsigned int;
    static constexpr Register flush_bits = 0;
    static Register read() noexcept CONTINUO_REALTIME {
        return 0;
    }
    static void write(Register) noexcept CONTINUO_REALTIME {}
#endif
    Register saved_;
};

} // namespace continuo::dsp
