// safetensors: header, placement, and the values of every tensor.
#include "baker/formats/safetensors.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {

void fuzz_safetensors(std::string_view input) {
  static const InputFile file("model.safetensors");
  const auto opened = baker::Safetensors::open(file.write(input));
  if (!opened.ok()) return require_reason(opened.error());
  std::size_t bytes = 0;
  for (const std::string& name : opened->names()) {
    const auto info = opened->info(name);
    require(info.ok(), "a tensor that is listed is known");
    bytes += opened->view(name).value().bytes.size();
    const auto values = opened->read(name);
    if (values.ok())
      require(values->size() == static_cast<std::size_t>(info->elements), "as many values as the shape says");
    else
      require_reason(values.error());
  }
  require(bytes <= input.size(), "tensors do not overlap");
}

}  // namespace bakeoff::testing
