// tfjs-node's binding passes a TensorFlow op's attributes of every kind but list(string) and list(type), which the fused
// convolutions need. The linker (--wrap) sends its calls for string attributes through here: a text that begins with
// "list(string):" or "list(type):" becomes the list of what follows, separated by commas. The binding's sources stay as they are.
#include <cstddef>
#include <string>
#include <vector>

#include "tensorflow/c/eager/c_api.h"

extern "C" void __real_TFE_OpSetAttrString(TFE_Op* op, const char* name, const void* value, size_t length);

static bool Items(const std::string& text, const std::string& prefix, std::vector<std::string>* items) {
  if (text.compare(0, prefix.size(), prefix) != 0) return false;
  for (size_t from = prefix.size(); from < text.size();) {
    size_t to = text.find(',', from);
    if (to == std::string::npos) to = text.size();
    items->push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return true;
}

extern "C" void __wrap_TFE_OpSetAttrString(TFE_Op* op, const char* name, const void* value, size_t length) {
  const std::string text(static_cast<const char*>(value), length);
  std::vector<std::string> items;
  if (Items(text, "list(string):", &items)) {
    std::vector<const void*> starts;
    std::vector<size_t> lengths;
    for (const std::string& item : items) {
      starts.push_back(item.data());
      lengths.push_back(item.size());
    }
    TFE_OpSetAttrStringList(op, name, starts.data(), lengths.data(), static_cast<int>(items.size()));
  } else if (Items(text, "list(type):", &items)) {
    std::vector<TF_DataType> types;
    for (const std::string& item : items) types.push_back(static_cast<TF_DataType>(std::stoi(item)));
    TFE_OpSetAttrTypeList(op, name, types.data(), static_cast<int>(types.size()));
  } else {
    __real_TFE_OpSetAttrString(op, name, value, length);
  }
}
