// TensorFlow prints notes on oneDNN and on the processor when it is loaded, through absl's log, which does not know
// TF_CPP_MIN_LOG_LEVEL that early. Linked into the addon, this sets both to that variable, by default to 2 (errors only).
// The function is weak: with a TensorFlow whose absl has another name, the notes are printed and nothing else changes.
#include <cstdlib>

namespace absl {
inline namespace lts_20250814 {
enum class LogSeverityAtLeast : int;
__attribute__((weak)) void SetMinLogLevel(LogSeverityAtLeast);
}  // namespace lts_20250814
}  // namespace absl

__attribute__((constructor)) static void Quiet() {
  setenv("TF_CPP_MIN_LOG_LEVEL", "2", /*overwrite=*/0);
  if (&absl::SetMinLogLevel == nullptr) return;
  absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(std::atoi(std::getenv("TF_CPP_MIN_LOG_LEVEL"))));
}
