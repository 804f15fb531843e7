// The inner loops for processors with avx512: see variant.inc.
#define BAKEOFF_VARIANT variant_avx512
#define BAKEOFF_VARIANT_NAME "avx512"
#define BAKEOFF_ROWS 12
#include "baker/kernels/variant.inc"
