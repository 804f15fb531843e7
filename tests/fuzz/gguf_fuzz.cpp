// GGUF: header, metadata, tensor table, and the values of every tensor.
#include "baker/formats/gguf.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {

void fuzz_gguf(std::string_view input) {
  static const InputFile file("model.gguf");
  const auto gguf = baker::Gguf::open(file.write(input));
  if (!gguf.ok()) return require_reason(gguf.error());
  for (const std::string& name : gguf->names()) {
    const auto info = gguf->info(name);
    require(info.ok(), "a tensor that is listed is known");
    const auto values = gguf->read(name);
    if (values.ok())
      require(values->size() == static_cast<std::size_t>(info->elements), "as many values as the shape says");
    else
      require_reason(values.error());
  }
}

}  // namespace bakeoff::testing
