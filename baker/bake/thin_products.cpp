// The loops of thin_products.inc, compiled for three instruction sets in one file; the widest that runs here is used.
#include "baker/bake/thin_products.h"

#include <cmath>
#include <cstring>
#include <string_view>

#include "baker/kernels/variants.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors stay inside this file: their calling convention meets nobody else

namespace bakeoff::baker {
namespace {

namespace generic {
#include "baker/bake/thin_products.inc"
}

#if defined(__x86_64__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#include "baker/bake/thin_products.inc"
}
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,fma")
namespace avx512 {
#include "baker/bake/thin_products.inc"
}
#pragma GCC pop_options

const ThinKernels& choose(std::string_view name) {
  if (name.starts_with("avx512") || name == "amx") return avx512::kTable;
  return name == "avx2" ? avx2::kTable : generic::kTable;
}
#else
const ThinKernels& choose(std::string_view) { return generic::kTable; }
#endif

}  // namespace

const ThinKernels& thin_kernels() {
  static const ThinKernels& table = choose(kernels().name);
  return table;
}

}  // namespace bakeoff::baker
