#include "baker/bake/state_file.h"

#include <cstring>

#include "harness/core/sha256.h"

namespace bakeoff::baker {

Status write_state(const Path& file, Json header, std::span<const float> values) {
  const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  header["values"] = values.size();
  header["sha256"] = sha256_hex(bytes);
  std::string content = dump(header);
  content.reserve(content.size() + 1 + bytes.size());
  content += '\n';
  content += bytes;
  return write_file_atomically(file, content);
}

Result<StateFile> read_state(const Path& file) {
  BAKEOFF_TRY(const std::string content, read_file(file));
  const auto damaged = [&](const char* what) {
    return input_error(what, file.string(), "delete it to start this phase again");
  };
  const std::size_t line = content.find('\n');
  if (line == std::string::npos) return damaged("the training state has no header");
  StateFile state;
  BAKEOFF_TRY(state.header, parse_json(std::string_view(content).substr(0, line), file.string()));
  const std::string_view bytes = std::string_view(content).substr(line + 1);
  if (!state.header.is_object() || state.header.value("sha256", Json()) != sha256_hex(bytes) ||
      bytes.size() % sizeof(float) != 0)
    return damaged("the training state is damaged");
  state.values.resize(bytes.size() / sizeof(float));
  if (!bytes.empty()) std::memcpy(state.values.data(), bytes.data(), bytes.size());
  return state;
}

}  // namespace bakeoff::baker
