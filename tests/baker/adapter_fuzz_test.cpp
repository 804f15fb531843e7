// PEFT's adapter_config.json beside weights that fit a tiny model. Apart from tests/fuzz's other entries because
// reading an adapter needs LibTorch.
#include "baker/models/adapter_file.h"
#include "tests/baker/tiny_model.h"
#include "tests/catch.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/survive.h"

namespace bakeoff::testing {

void fuzz_adapter_config(std::string_view input) {
  static const InputFile file("adapter_config.json");
  static const baker::ModelConfig model = tiny_model(1)->config;
  static const bool copied = std::filesystem::copy_file(source_path("golden/peft_plain/adapter_model.safetensors"),
                                                        file.folder() / "adapter_model.safetensors");
  require(copied, "weights lie beside the input");
  file.write(input);
  const auto adapter = baker::read_adapter(file.folder(), model, "");
  if (!adapter.ok()) require_reason(adapter.error());
}

}  // namespace bakeoff::testing

TEST_CASE("the reader of adapters' settings survives what are no settings", "[fuzz]") {
  bakeoff::testing::survive("adapter_config", bakeoff::testing::fuzz_adapter_config, 1500);
}
