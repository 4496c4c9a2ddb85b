// Exponentials and logarithms of vectors of floats, as logistic losses need them.
#pragma once
#include <cstdint>

namespace sed::logistic {

constexpr int kLanes = 16;
typedef float Vector __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t Integers __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));

inline Vector All(float value) { return Vector{} + value; }
inline Vector Pick(Integers which, Vector a, Vector b) { return which ? a : b; }

// The first `count` lanes; the others are zero. (A memcpy of a length that is not known is a call.)
inline Vector Load(const float* from, int64_t count) {
  if (count == kLanes) return *reinterpret_cast<const Vector*>(from);
  float lanes[kLanes] = {};
  for (int64_t i = 0; i < count; i++) lanes[i] = from[i];
  return *reinterpret_cast<const Vector*>(lanes);
}
inline void Store(float* to, Vector values, int64_t count) {
  if (count == kLanes) {
    *reinterpret_cast<Vector*>(to) = values;
    return;
  }
  float lanes[kLanes];
  *reinterpret_cast<Vector*>(lanes) = values;
  for (int64_t i = 0; i < count; i++) to[i] = lanes[i];
}

// The sum of all lanes, by halves.
inline float Total(Vector values) {
  float sums[kLanes];
  __builtin_memcpy(sums, &values, sizeof sums);
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) sums[i] += sums[i + half];
  return sums[0];
}

// e^-a for a of 0 or more, within two units in the last place; 0 from 87 on.
inline Vector ExpOfMinus(Vector a) {
  const Integers small = a > All(87.f);
  const Vector x = -Pick(small, All(0.f), a);
  const Integers n = __builtin_convertvector(x * 1.44269504f - 0.5f, Integers);  // towards zero: to the nearest, for x below 0
  const Vector whole = __builtin_convertvector(n, Vector);
  const Vector r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;  // ln 2 in two parts
  Vector p = All(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.f;
  const Integers power = (n + 127) << 23;
  Vector scale;
  __builtin_memcpy(&scale, &power, sizeof scale);
  const Vector e = Pick(small, All(0.f), p * scale);
  return Pick(a == a, e, a);  // what is not a number stays so
}

// ln(1 + e) for e of 0 to 1, exact for small ones too: 2 artanh(e / (2 + e)).
inline Vector LogOfOneAnd(Vector e) {
  const Vector s = e / (e + 2.f), q = s * s;
  Vector p = All(1.f / 15);
  p = p * q + 1.f / 13;
  p = p * q + 1.f / 11;
  p = p * q + 1.f / 9;
  p = p * q + 1.f / 7;
  p = p * q + 1.f / 5;
  p = p * q + 1.f / 3;
  p = p * q + 1.f;
  return 2.f * s * p;
}

// σ(x), σ(-x) and ln(1 + e^x).
struct Logistic {
  Vector sigmoid, complement, softplus;
  explicit Logistic(Vector x) {
    const Vector zero = {};
    const Integers negative = x < zero;
    const Vector e = ExpOfMinus(Pick(negative, -x, x)), over = 1.f / (1.f + e);
    sigmoid = Pick(negative, e * over, over);
    complement = Pick(negative, over, e * over);
    softplus = Pick(negative, zero, x) + LogOfOneAnd(e);
  }
};

}  // namespace sed::logistic
