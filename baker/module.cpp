// The module's one exported symbol.
#include "baker/baker.h"

extern "C" __attribute__((visibility("default"))) bakeoff::Baker* bakeoff_baker(int api_version) {
  if (api_version != bakeoff::kBakerApiVersion) return nullptr;
  static const std::unique_ptr<bakeoff::Baker> baker = bakeoff::baker::make_local_baker();
  return baker.get();
}
