// The threads of the kernels: oneTBB's, in an arena of their own. Not OpenMP's, whose threads wait for each other at the end of every
// loop: with other work on the machine (TensorFlow's own threads are enough on two cores) a step took ten times as long. How work is
// cut depends on the number of threads and not on who is free, so results repeat to the bit.
#pragma once
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <cstdint>
#include <cstdlib>
#include <thread>

namespace sed {

// As many as TensorFlow was told to take, or the machine has.
inline int Threads() {
  static const int threads = [] {
    const char* told = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int wanted = told == nullptr ? 0 : std::atoi(told);
    return wanted > 0 ? wanted : tbb::this_task_arena::max_concurrency();
  }();
  return threads;
}

// Everything that runs in here, oneDNN included, uses these threads.
inline tbb::task_arena& Arena() {
  static tbb::task_arena arena(Threads());
  return arena;
}

// Calls body(begin, end) for parts of 0..count of at least `grain`, on the threads of the arena.
template <class Body>
void ParallelFor(int64_t count, int64_t grain, const Body& body) {
  if (count <= grain) {
    if (count > 0) body(int64_t{0}, count);
    return;
  }
  tbb::parallel_for(
      tbb::blocked_range<int64_t>(0, count, grain),
      [&](const tbb::blocked_range<int64_t>& part) { body(part.begin(), part.end()); }, tbb::simple_partitioner());
}

}  // namespace sed
