// libFuzzer's entry (https://llvm.org/docs/LibFuzzer.html) for the function that BAKEOFF_FUZZ_ENTRY names.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bakeoff::testing {
void BAKEOFF_FUZZ_ENTRY(std::string_view input);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bakeoff::testing::BAKEOFF_FUZZ_ENTRY({reinterpret_cast<const char*>(data), size});
  return 0;
}
