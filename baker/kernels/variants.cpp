#include "baker/kernels/variants.h"

#include <cstdlib>
#include <cstring>

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bakeoff::baker {

const KernelTable& variant_generic();
const KernelTable& variant_avx2();
const KernelTable& variant_avx512();
const KernelTable& variant_avx512bf16();
const KernelTable& variant_amx();

namespace {

struct Choice {
  const char* name;
  const KernelTable& (*table)();
  bool runs_here;
};

/// Has the processor AMX with bf16, and does the system let this process use its tiles?
bool has_amx() {
  constexpr unsigned long kAskForState = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  const bool tiles = (d >> 24 & 1) != 0, bf16 = (d >> 22 & 1) != 0;
  return tiles && bf16 && syscall(SYS_arch_prctl, kAskForState, kTileData) == 0;
}

const KernelTable& choose() {
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  const bool avx512bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
  const Choice choices[] = {{"amx", variant_amx, avx512bf16 && has_amx()},
                            {"avx512bf16", variant_avx512bf16, avx512bf16},
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
