// Vectors of floats in the widest registers of the machine that this is compiled for, by the compiler's own vector types.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <utility>

namespace sed {
#ifdef __AVX512F__
constexpr int kLanes = 16;
// Rows of a matrix product that are summed in registers: 12 x 2 of 32, with two for the panel and one for a value.
constexpr int kRows = 12;
#else
constexpr int kLanes = 8;
constexpr int kRows = 6;
#endif
constexpr int kPanel = 2 * kLanes;
typedef float Vector __attribute__((vector_size(kLanes * sizeof(float))));
typedef float Loose __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

inline Vector Load(const float* from) { return *reinterpret_cast<const Loose*>(from); }
inline void Store(float* to, Vector value) { *reinterpret_cast<Loose*>(to) = value; }
inline Vector Broadcast(float value) { return value - Vector{}; }
// The first `lanes` alone; the others are zero.
inline Vector LoadPart(const float* from, int lanes) {
  if (lanes == kLanes) return Load(from);
  Vector value{};
  std::memcpy(&value, from, lanes * sizeof(float));
  return value;
}
inline void StorePart(float* to, Vector value, int lanes) {
  if (lanes == kLanes)
    Store(to, value);
  else
    std::memcpy(to, &value, lanes * sizeof(float));
}
inline Vector Max(Vector a, Vector b) { return a > b ? a : b; }
inline Vector Min(Vector a, Vector b) { return a < b ? a : b; }
}  // namespace sed
