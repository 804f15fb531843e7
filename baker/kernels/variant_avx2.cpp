// The inner loops for processors with avx2: see variant.inc.
#define BAKEOFF_VARIANT variant_avx2
#define BAKEOFF_VARIANT_NAME "avx2"
#define BAKEOFF_ROWS 3
#include "baker/kernels/variant.inc"
