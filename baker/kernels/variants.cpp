#include "baker/kernels/variants.h"

#include <cstdlib>
#include <cstring>

namespace bakeoff::baker {

const KernelTable& variant_generic();
const KernelTable& variant_avx2();
const KernelTable& variant_avx512();
const KernelTable& variant_avx512bf16();

namespace {

struct Choice {
  const char* name;
  const KernelTable& (*table)();
  bool runs_here;
};

const KernelTable& choose() {
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  const Choice choices[] = {{"avx512bf16", variant_avx512bf16, avx512 && __builtin_cpu_supports("avx512bf16")},
                            {"avx512", variant_avx512, avx512},
                            {"avx2", variant_avx2, avx2},
                            {"generic", variant_generic, true}};
  const char* wanted = std::getenv("BAKEOFF_CPU");
  for (const Choice& choice : choices)
    if (choice.runs_here && (!wanted || std::strcmp(wanted, choice.name) == 0)) return choice.table();
  for (const Choice& choice : choices)
    if (choice.runs_here) return choice.table();
  return variant_generic();
}

}  // namespace

const KernelTable& kernels() {
  static const KernelTable& table = choose();
  return table;
}

}  // namespace bakeoff::baker
