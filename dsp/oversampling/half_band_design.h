#pragma once

#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// What a half-band low-pass filter between one rate and twice that rate has to do. Frequencies are fractions
/// of the higher rate; the band edges lie at (1/4 ± transition / 2).
struct HalfBandSpecification {
    double transition;  ///< from the end of the pass-band to the start of the stop-band, in (0, 0.5)
    double attenuation; ///< of the stop-band, dB, 20 to 200
};

/// The transition that stage `stage` of a cascade may take, which leads from 2^stage to 2^(stage + 1) times
/// the rate of the host. The first stage passes 20 kHz and stops 24.1 kHz at 44.1 kHz, and the same fractions
/// of other rates. The later ones pass all that the host's rate holds and stop all that would fold onto it;
/// what lies between is left to the stages nearer to the host.
/// [any-thread] Allocates nothing.
double half_band_transition(std::size_t stage);

/// The elliptic half-band filter as two chains of first-order all-pass sections in polyphase form,
///
///     H(z) = (A0(z²) + z⁻¹ A1(z²)) / 2,   A_i(z) = Π (a + z⁻¹) / (1 + a z⁻¹)
///
/// of the smallest order 4 p + 1 that meets the specification; both chains then have p sections. The ripple
/// of the pass-band follows from the stop-band, |H(f)|² + |H(1/2 − f)|² = 1: 4e-10 dB for 100 dB.
///
/// [main-thread] Allocates.
/// \return a, in (0, 1), rising: A0 takes the first, third, ... of them, A1 the others
/// Source: R. A. Valenzuela and A. G. Constantinides, Digital signal processing schemes for efficient
/// interpolation and decimation, IEE Proc. G 130(6), 1983; P. A. Regalia, S. K. Mitra and P. P. Vaidyanathan,
/// The digital all-pass filter, Proc. IEEE 76(1), 1988. The elliptic functions are theta series in the nome
/// (Abramowitz and Stegun, 16.27, 16.36 and 17.3.17).
std::vector<double> design_all_pass_half_band(const HalfBandSpecification& specification);

/// The shortest symmetric half-band filter of 4 m − 1 taps that meets the specification, a windowed sinc: its
/// centre tap is 1/2, every second one from the centre is zero, and the other 2 m are returned; their sum is
/// 1/2.
///
/// [main-thread] Allocates.
/// \return h[0], h[2], ..., h[4 m − 2]
/// Source: J. F. Kaiser, Nonrecursive digital filter design using the I0-sinh window function, 1974; β and
/// the length to begin with as in Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.6.
std::vector<double> design_linear_phase_half_band(const HalfBandSpecification& specification);

} // namespace continuo::dsp
