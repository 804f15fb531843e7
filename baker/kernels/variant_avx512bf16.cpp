// The inner loops for processors with avx512bf16: see variant.inc.
#define BAKEOFF_VARIANT variant_avx512bf16
#define BAKEOFF_VARIANT_NAME "avx512bf16"
#define BAKEOFF_ROWS 12
#define BAKEOFF_NATIVE_BF16
#include "baker/kernels/variant.inc"
