#pragma once

#include "models/parallel/scan/scan.h"

#include <complex>
#include <vector>

namespace continuo::parallel {

/// The scan's definition in plain loops, in double: what the other back ends are measured against.
class ReferenceScan : public ScanBackend {
  public:
    const char* name() const override { return "reference"; }
    void prepare(std::size_t channels, std::size_t modes, const ScanCoefficients& model) override;
    void forward(const ScanShape& shape, const ScanForward& arguments) override;
    void backward(const ScanShape& shape, const ScanBackward& arguments) override;

    /// forward() with the output in double, so that its rounding is nobody's error.
    void forward(const ScanShape& shape, const float* u, double* y, const Complex* initial,
                 Complex* final) const;
    /// backward() with the gradient by u in double.
    void backward(const ScanShape& shape, const ScanBackward& arguments, double* input_gradient) const;

  private:
    std::size_t modes_ = 0;
    std::vector<std::complex<double>> lambda_, readout_; ///< [channel][mode]
};

} // namespace continuo::parallel
