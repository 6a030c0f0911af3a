#pragma once

#include <cmath>

namespace continuo::operations {

/// A value and its derivative in one direction: forward-mode differentiation, the check on hand-written
/// gradients.
struct Dual {
    double value = 0.0, slope = 0.0;

    Dual() = default;
    Dual(double constant) : value(constant) {}
    Dual(double value_, double slope_) : value(value_), slope(slope_) {}

    Dual& operator+=(const Dual& other) { return *this = {value + other.value, slope + other.slope}; }
    Dual& operator-=(const Dual& other) { return *this = {value - other.value, slope - other.slope}; }
};

inline Dual operator+(Dual a, const Dual& b) {
    return a += b;
}
inline Dual operator-(Dual a, const Dual& b) {
    return a -= b;
}
inline Dual operator-(const Dual& a) {
    return {-a.value, -a.slope};
}
inline Dual operator*(const Dual& a, const Dual& b) {
    return {a.value * b.value, a.slope * b.value + a.value * b.slope};
}
inline Dual operator/(const Dual& a, const Dual& b) {
    const double quotient = a.value / b.value;
    return {quotient, (a.slope - quotient * b.slope) / b.value};
}
inline bool operator>(const Dual& a, const Dual& b) {
    return a.value > b.value;
}
inline bool operator<(const Dual& a, const Dual& b) {
    return a.value < b.value;
}
inline Dual exp(const Dual& a) {
    const double value = std::exp(a.value);
    return {value, a.slope * value};
}
inline Dual log(const Dual& a) {
    return {std::log(a.value), a.slope / a.value};
}
inline Dual sqrt(const Dual& a) {
    const double value = std::sqrt(a.value);
    return {value, 0.5 * a.slope / value};
}
inline Dual sin(const Dual& a) {
    return {std::sin(a.value), a.slope * std::cos(a.value)};
}
inline Dual cos(const Dual& a) {
    return {std::cos(a.value), -a.slope * std::sin(a.value)};
}
inline Dual tanh(const Dual& a) {
    const double value = std::tanh(a.value);
    return {value, a.slope * (1.0 - value * value)};
}

} // namespace continuo::operations
